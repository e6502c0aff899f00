"""From what one client did to the rows that tell it."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from streamtriage.knowledge.client_reactions import Reaction
from streamtriage.knowledge.client_requests import OWN, AskedRequest, RequestRole

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from real_clients.server import Asked, Fault
    from real_clients.trial import Trial

__all__ = ["differences", "reaction", "requests", "role_of", "roles", "speech"]

Again: TypeAlias = Literal["no GET", "held", "never", "gives up", "for ever"]

# A client that stopped has let pass at least this many times its last wait.
_SILENT_TIMES, _SILENT_S = 2.0, 1.5


# --- what a request is for ------------------------------------------------------------


def role_of(asked: Asked, before: Sequence[Asked]) -> RequestRole | None:
    """Return what a request is for; None for one that is no part of the sequence."""
    if asked.target.partition("?")[0] != "/mcp":
        return None
    if asked.method == "DELETE":
        return "delete"
    if asked.method == "GET":
        return _role_of_get(asked, before)
    named: dict[str, RequestRole] = {
        "server/discover": "discover",
        "initialize": "initialize",
        "notifications/initialized": "initialized",
        "tools/list": "list",
        "tools/call": "call",
        "subscriptions/listen": "listen",
    }
    return named.get(asked.rpc)


def _role_of_get(asked: Asked, before: Sequence[Asked]) -> RequestRole:
    session = asked.header("mcp-session-id")
    if session is None:
        return "early-get"
    own = [a for a in before if a.method == "GET"]
    again = any(a.header("mcp-session-id") == session for a in own)
    return "reopening" if again else "get"


def roles(asked: Sequence[Asked]) -> list[tuple[RequestRole, Asked]]:
    """Return each request of the sequence with its role, as they came."""
    found = []
    for number, each in enumerate(asked):
        role = role_of(each, asked[:number])
        if role is not None:
            found.append((role, each))
    return found


# --- the bytes of each request --------------------------------------------------------


def requests(trials: Iterable[Trial]) -> dict[RequestRole, AskedRequest]:
    """Return each kind of request as it was first sent, with what changes marked.

    The first trial decides, so that what a fault did to a client is in no row: give
    the sound server's first.
    """
    seen: dict[RequestRole, AskedRequest] = {}
    for trial in trials:
        revision = _agreed(trial.asked)
        for role, asked in roles(trial.asked):
            told = _request(asked, revision)
            seen[role] = _marked(seen.get(role, told), told)
    return seen


def _request(asked: Asked, revision: str) -> AskedRequest:
    return AskedRequest(
        method=asked.method,  # type: ignore[arg-type]  # pydantic checks it
        framing=asked.framing,
        headers=tuple(_line(line, asked.rpc, revision) for line in asked.headers),
    )


def _line(line: str, rpc: str, revision: str) -> str:
    name, _, value = line.partition(":")
    marks = {
        "host": "{host}",
        "content-length": "{length}",
        "mcp-session-id": "{session}",
        "last-event-id": "{last_event_id}",
    }
    low = name.lower()
    if low == "x-own":
        return OWN
    if low == "mcp-method" and value.strip() == rpc:
        return f"{name}: {{method}}"
    if low == "mcp-protocol-version" and value.strip() == revision:
        return f"{name}: {{revision}}"
    return f"{name}: {marks.get(low, value.strip())}"


def _marked(first: AskedRequest, later: AskedRequest) -> AskedRequest:
    """Mark the values that another run had otherwise, and where an id stands."""
    values = dict(line.partition(": ")[::2] for line in later.headers if line != OWN)
    lines = []
    for line in first.headers:
        name, _, value = line.partition(": ")
        same = line == OWN or values.get(name, value) == value
        lines.append(line if same else f"{name}: {{varies}}")
    if first.value("last-event-id") is None and later.value("last-event-id"):
        # Sent only where the server gave an id.
        place = next(
            n
            for n, line in enumerate(later.headers)
            if line.lower().startswith("last-event-id:")
        )
        lines.insert(place, later.headers[place])
    return first.model_copy(update={"headers": tuple(lines)})


def _agreed(asked: Sequence[Asked]) -> str:
    wanted = [
        str(a.message.get("params", {}).get("protocolVersion", ""))
        for a in asked
        if a.rpc == "initialize"
    ]
    return wanted[-1] if wanted else ""


# --- the client as a whole ------------------------------------------------------------


def speech(trials: Mapping[Fault, Trial]) -> dict[str, Any]:
    """Return the fields of a `Dialect` beside its citation."""
    sound, refused = trials["sound"], trials["reopening-502"]
    starts_with = sum(a.rpc == "initialize" for a in sound.asked)
    order: list[RequestRole] = []
    for role, _ in roles(sound.asked):
        if role not in order and role != "reopening":
            order.append(role)
    asked = sound.asked
    used = {a.header("mcp-session-id") for a in asked if a.rpc == "tools/call"}
    openings = [a for a in asked if a.rpc == "initialize"]
    # Some try the server in a session of its own before the one that they use.
    opening = next((a for a in openings if a.issued in used), openings[0])
    params = opening.message["params"]
    own = next(
        (h for a in asked for h in a.headers if h.lower().startswith("x-own:")),
        "X-Own:",
    )
    waits = _waits(_streams(refused.asked))
    return {
        "http": opening.http,
        "sequence": order,
        "revisions": _revisions(asked),
        "sends_revision": any(
            a.header("mcp-protocol-version") == params["protocolVersion"]
            for role, a in roles(asked)
            if role in ("initialized", "list", "get")
        ),
        "sessions": starts_with,
        "posts_while_streaming": _posts_while_streaming(asked),
        "own_names": "as given" if own.startswith("X-Own:") else "lower case",
        "client_info": {k: str(v) for k, v in params["clientInfo"].items()},
        "capabilities": params["capabilities"],
        "reopening_waits_s": waits,
        # A client that ends with its one call asks for nothing again.
        "gives_up": reaction(refused).again != "for ever",
        "requests": requests(trials.values()),
    }


def _revisions(asked: Sequence[Asked]) -> list[str]:
    found: list[str] = []
    for each in asked:
        params = each.message.get("params") or {}
        meta = params.get("_meta") or {} if isinstance(params, dict) else {}
        modern = meta.get("io.modelcontextprotocol/protocolVersion")
        told = params.get("protocolVersion") if each.rpc == "initialize" else modern
        if isinstance(told, str) and told not in found:
            found.append(told)
    return found


def _posts_while_streaming(asked: Sequence[Asked]) -> bool:
    streams = [a for a in asked if a.method == "GET" and a.status == 200]
    return any(
        post.method == "POST"
        and stream.at_s <= post.at_s
        and (stream.ended_s is None or post.at_s < stream.ended_s)
        for stream in streams
        for post in asked
    )


# --- after a fault --------------------------------------------------------------------


def reaction(trial: Trial, starts_with: int = 1) -> Reaction:
    """Return what the client did after the one fault of this trial.

    `starts_with` is how many sessions it opens where nothing is wrong.
    """
    asked = trial.asked
    gets = _streams(asked)
    calls = [a for a in asked if a.rpc == "tools/call"]
    answered = [a for a in calls if a.status == 200]
    began = asked[0].at_s if asked else 0.0
    last = max((a.ended_s or a.at_s for a in asked), default=0.0)
    return Reaction(
        again=_again(gets, last),
        gets=len(gets),
        waits_s=_waits(gets),
        sends_last_event_id=any(a.header("last-event-id") is not None for a in gets),
        session=_session(asked, answered, starts_with),
        tools=_tools(calls, answered),
        watched_s=round(last - began, 1),
    )


def _streams(asked: Sequence[Asked]) -> list[Asked]:
    """Return the GETs of the session that got most of them: some clients open two."""
    found: dict[str, list[Asked]] = {}
    for each in asked:
        session = each.header("mcp-session-id")
        if each.method == "GET" and session is not None and each.target == "/mcp":
            found.setdefault(session, []).append(each)
    return max(found.values(), key=len, default=[])


def _waits(gets: Sequence[Asked]) -> tuple[float, ...]:
    """Return the waits between GETs, to a tenth of a second."""
    ends = [a.ended_s if a.ended_s is not None else a.at_s for a in gets]
    pairs = zip(ends, gets[1:], strict=False)
    return tuple(round(after.at_s - end, 1) for end, after in pairs)


def _again(gets: Sequence[Asked], last_s: float) -> Again:
    if not gets:
        return "no GET"
    final = gets[-1]
    if len(gets) == 1:
        cut = final.status != 200 or final.ended_by == "server"
        return "never" if cut else "held"
    if final.status == 200 and final.ended_by != "server":
        # The run ended within the life of its next stream.
        return "for ever"
    waits = _waits(gets)
    end = final.ended_s if final.ended_s is not None else final.at_s
    silent_s = last_s - end
    long = max(_SILENT_TIMES * max(waits[-1], median(waits)), _SILENT_S)
    return "gives up" if silent_s > long else "for ever"


def _session(
    asked: Sequence[Asked], answered: Sequence[Asked], starts_with: int
) -> Literal["kept", "new", "lost"]:
    if not answered:
        forgotten = any(a.status == 404 and a.method == "POST" for a in asked)
        return "lost" if forgotten or _left_out(asked) else "kept"
    first = [a.issued for a in asked if a.issued][:starts_with]
    return "kept" if answered[-1].header("mcp-session-id") in first else "new"


def _left_out(asked: Sequence[Asked]) -> bool:
    """Tell whether it asked for its tools without the session that it was given."""
    return any(
        a.rpc in ("tools/list", "tools/call") and a.header("mcp-session-id") is None
        for a in asked
    )


def _tools(
    calls: Sequence[Asked], answered: Sequence[Asked]
) -> Literal["left", "lost"]:
    return "left" if answered and answered[-1] is calls[-1] else "lost"


# --- does a run equal its row? --------------------------------------------------------


def differences(
    row: Mapping[RequestRole, AskedRequest],
    seen: Mapping[RequestRole, AskedRequest],
    *,
    session_lost: bool = False,
) -> list[str]:
    """Return how a run's requests differ from a row, one sentence each.

    A header that came with an id of an event may be missing in a run without one, and
    the session's where the client has lost it.
    """
    found = []
    for role, request in seen.items():
        known = row.get(role)
        if known is None:
            found.append(f"{role} was sent, and the row has none")
            continue
        if (known.method, known.framing) != (request.method, request.framing):
            found.append(f"{role} is {request.method} with {request.framing}")
        wanted, sent = _comparable(known.headers), _comparable(request.headers)
        if session_lost and request.value("mcp-session-id") is None:
            wanted = [h for h in wanted if not h.endswith("{session}")]
        varying = {h.partition(":")[0] for h in known.headers if h.endswith("{varies}")}
        sent = [_varying(line, varying) for line in sent]
        if wanted != sent:
            found.append(f"{role} has {sent}, the row {wanted}")
    return found


def _comparable(headers: Sequence[str]) -> list[str]:
    return [h for h in headers if not h.lower().startswith("last-event-id:")]


def _varying(line: str, names: set[str]) -> str:
    name = line.partition(":")[0]
    return f"{name}: {{varies}}" if name in names else line
