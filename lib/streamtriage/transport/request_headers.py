"""A request's headers as one client writes them: its lines, spelling and order."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from streamtriage.knowledge.client_requests import OWN
from streamtriage.protocol.messages import SESSION_HEADER

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from streamtriage.knowledge.client_requests import Dialect, RequestRole

__all__ = ["Asking", "line_before_host", "role_of_request", "write_headers"]

Line = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Asking:
    """What changes from one request of a client to its next.

    `own` are the headers that the person configured. `changed` go over everything else
    and `without` (lower case) are left out: a probe changes one thing at a time.
    """

    host: str
    rpc: str = ""
    length: int | None = None
    session_id: str | None = None
    revision: str | None = None
    own: Mapping[str, str] = field(default_factory=dict)
    changed: Mapping[str, str] = field(default_factory=dict)
    without: frozenset[str] = frozenset()


def role_of_request(
    method: str, message: Mapping[str, Any] | None
) -> RequestRole | None:
    """Return what a request is for; None for one that no client of MCP makes."""
    if method == "DELETE":
        return "delete"
    if method == "GET":
        return "get"
    if method != "POST":
        return None
    named: dict[str, RequestRole] = {
        "server/discover": "discover",
        "initialize": "initialize",
        "notifications/initialized": "initialized",
        "tools/call": "call",
        "subscriptions/listen": "listen",
    }
    # What the client never sends is sent as it sends its list of tools.
    return named.get(str((message or {}).get("method", "")), "list")


def write_headers(
    dialect: Dialect, role: RequestRole, asking: Asking
) -> list[Line] | None:
    """Return the lines of a request as this client writes it, in its order.

    None if it makes no such request. `accept-encoding` alone is not the client's but
    `identity`, in the client's spelling and place: packed answers are not unpacked
    here, because a few bytes can unpack to gigabytes, and what a server packs is a
    question of its own.
    """
    row = dialect.request(role)
    if row is None:
        return None
    changed = {name.lower(): value for name, value in asking.changed.items()}
    own = {name.lower(): (name, value) for name, value in asking.own.items()}
    lines: list[Line] = []
    place: int | None = None
    for line in row.headers:
        if line == OWN:
            place = len(lines)
            continue
        name, _, value = line.partition(": ")
        # A configured header replaces the client's of that name, and stands once.
        _, given = own.pop(name.lower(), ("", None))
        told = changed.pop(name.lower(), given or _value(name, value, asking))
        if told is not None:
            lines.append((name, told))
    if place is None:
        place = _before_framing(lines)
    more = list(_added(dialect, own, asking, lines))
    more = [(name, changed.pop(name.lower(), value)) for name, value in more]
    lines[place:place] = [*more, *changed.items()]
    return [(name, v) for name, v in lines if name.lower() not in asking.without]


def _value(name: str, value: str, asking: Asking) -> str | None:
    if name.lower() == "accept-encoding":
        return "identity"
    known: dict[str, str | None] = {
        "{host}": asking.host,
        "{method}": asking.rpc,
        "{length}": None if asking.length is None else str(asking.length),
        "{session}": asking.session_id,
        "{revision}": asking.revision,
        # Only a probe that received an id sends it, and says so in `changed`.
        "{last_event_id}": None,
        "{varies}": None,
    }
    return known.get(value, value)


def _added(
    dialect: Dialect,
    own: Mapping[str, Line],
    asking: Asking,
    lines: list[Line],
) -> Iterator[Line]:
    """Yield what stands where a client puts the headers that a person configured."""
    for low, (name, value) in own.items():
        yield (name if dialect.own_names == "as given" else low), value
    # A client has no session yet where a probe may ask with one.
    if asking.session_id is not None and not _has(lines, SESSION_HEADER):
        yield SESSION_HEADER, asking.session_id


def _has(lines: list[Line], name: str) -> bool:
    return any(each.lower() == name for each, _ in lines)


def _before_framing(lines: list[Line]) -> int:
    """Return where another header goes: before what HTTP itself adds at the end."""
    place = len(lines)
    ends = ("host", "content-length", "transfer-encoding")
    while place > 1 and lines[place - 1][0].lower() in ends:
        place -= 1
    return place


def line_before_host(lines: list[Line]) -> str | None:
    """Return the name of the header before `Host`, in lower case; None if it is first.

    h11 writes `Host` first whatever it is given, and some clients write it late.
    """
    names = [name.lower() for name, _ in lines]
    place = names.index("host") if "host" in names else 0
    return names[place - 1] if place else None
