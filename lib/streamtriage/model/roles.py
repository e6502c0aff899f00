"""What each request of a report was sent for: one role for every exchange."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from streamtriage.model.evidence import walk_exchanges
from streamtriage.model.session_evidence import EraEvidence, HandshakeEvidence
from streamtriage.model.vocabulary import Failure, ProbeId
from streamtriage.on_first_use import compile_later

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from streamtriage.model.evidence import ProbeEvidence
    from streamtriage.model.exchange import Exchange

__all__ = ["ROLES", "Asked", "Role", "asked", "role_of", "streams_open"]


class Role(StrEnum):
    """What a request was sent for, which decides what a sound server may answer.

    Those of the own sequence (`own`) are what the failing client itself sends. All
    others are comparisons: they explain or contradict, and never weigh.
    """

    # The own sequence.
    REACH = "reach"
    REDIRECT = "redirect"
    DISCOVER = "discover"
    INITIALIZE = "initialize"
    INITIALIZED = "initialized"
    POST = "post"
    GET = "get"
    GET_AGAIN = "get-again"  # the same GET in the same session once more
    CODED_GET = "coded-get"  # with the codings that Node's fetch asks for by default
    HOLD_GET = "hold-get"
    OLD_GET = "old-get"  # the GET of HTTP+SSE where it opened no such stream
    OLD_STREAM = "old-stream"  # the stream of HTTP+SSE, which is the session too
    REOPEN_GET = "reopen-get"
    HELD_POST = "held-post"  # while a stream of the same session is held
    PARALLEL_POST = "parallel-post"  # several at once, each on a connection of its own
    IDLE_POST = "idle-post"  # in a session that was left alone
    FRESH_SESSION = "fresh-session"  # `initialize` after a refusal
    SECOND_SESSION = "second-session"  # `initialize` while another session lives
    LAST_POST = "last-post"
    LISTEN = "listen"
    RESUME = "resume"
    DELETE = "delete"

    # Comparisons.
    OTHER_TRANSPORT = "other-transport"  # of the transport that the client does not use
    OLD_DISCOVER = "old-discover"  # at a server that is not known to speak it
    NEW_INITIALIZE = "new-initialize"  # at a server of revision 2026-07-28 only
    SECOND_GET = "second-get"  # beside an open one of the same session
    OVER_HTTP1 = "over-http1"
    MISSING_SESSION = "missing-session"
    MADE_UP_SESSION = "made-up-session"
    ENDED_SESSION = "ended-session"
    OTHER_CREDENTIAL = "other-credential"
    OTHER_HOST = "other-host"
    OTHER_ORIGIN = "other-origin"
    VARIANT = "variant"  # one header differs
    ASKED_AGAIN = "asked-again"  # unchanged, because nothing explained the answer
    CHANGED = "changed"  # the same with one thing changed
    OPTIONS = "options"
    METADATA = "metadata"
    OTHER_ADDRESS = "other-address"
    OTHER_SCHEME = "other-scheme"
    CONNECT = "connect"
    PROXIED = "proxied"
    DIRECT = "direct"
    PROVIDER = "provider"
    CONTROL = "control"
    ALIVE = "alive"  # does the server answer anything at all?

    @property
    def own(self) -> bool:
        """True where the failing client itself sends it."""
        return self in _OWN

    @property
    def streams(self) -> bool:
        """True where the answer may be a stream that stays open."""
        return self in _STREAMS

    @property
    def greets(self) -> bool:
        """True for an `initialize` that the client itself sends."""
        return self in _GREETS

    @property
    def opens(self) -> bool:
        """True for every `initialize` to the server itself, a comparison too."""
        return self in _OPENS

    @property
    def discovers(self) -> bool:
        """True for `server/discover`, also where nobody knows that it is spoken."""
        return self in (Role.DISCOVER, Role.OLD_DISCOVER)

    @property
    def lists(self) -> bool:
        """True for a harmless POST in a session: `tools/list`."""
        return self in _LISTS

    @property
    def elsewhere(self) -> bool:
        """True where another server than the one that is triaged was asked."""
        return self in _ELSEWHERE


_OWN = frozenset(list(Role)[: list(Role).index(Role.OTHER_TRANSPORT)])
_GREETS = frozenset((Role.INITIALIZE, Role.FRESH_SESSION, Role.SECOND_SESSION))
_OPENS = _GREETS | {Role.NEW_INITIALIZE}
_LISTS = frozenset(
    (
        Role.POST,
        Role.HELD_POST,
        Role.PARALLEL_POST,
        Role.IDLE_POST,
        Role.LAST_POST,
    )
)
_ELSEWHERE = frozenset((Role.CONTROL, Role.PROVIDER, Role.METADATA))
_STREAMS = frozenset(
    (
        Role.GET,
        Role.GET_AGAIN,
        Role.CODED_GET,
        Role.HOLD_GET,
        Role.OLD_GET,
        Role.OLD_STREAM,
        Role.OTHER_TRANSPORT,
        Role.REOPEN_GET,
        Role.LISTEN,
        Role.RESUME,
        Role.SECOND_GET,
        Role.OVER_HTTP1,
        Role.MISSING_SESSION,
        Role.MADE_UP_SESSION,
        Role.ENDED_SESSION,
        Role.OTHER_CREDENTIAL,
        Role.VARIANT,
        Role.PROXIED,
        Role.DIRECT,
    )
)


def _reopening(path: str, first: Role) -> dict[str, Role]:
    """Return the roles of what followed one end of a stream."""
    return {
        f"{path}.first": first,
        f"{path}.attempts.get": Role.REOPEN_GET,
        f"{path}.attempts.http1": Role.OVER_HTTP1,
        f"{path}.posts": Role.POST,
        f"{path}.fresh": Role.FRESH_SESSION,
    }


def _way(path: str, role: Role) -> dict[str, Role]:
    return {f"{path}.{each}": role for each in ("initialize", "post", "get")}


# By probe and path: the fields' names, joined by dots, without the index in a tuple.
ROLES: Mapping[str, Mapping[str, Role]] = MappingProxyType(
    {
        "reach": {"twin_answer": Role.OTHER_ADDRESS},
        "tls": {"over_plain": Role.OTHER_SCHEME},
        "redirect": {
            "hops.exchange": Role.REDIRECT,
            "https_answer": Role.OTHER_SCHEME,
        },
        "proxy": {
            "connect": Role.CONNECT,
            **_way("proxied", Role.PROXIED),
            **_way("direct", Role.DIRECT),
        },
        "control": {"stream": Role.CONTROL},
        "provider": {"answer": Role.PROVIDER},
        "era": {"discover": Role.DISCOVER},
        "handshake": {
            "initialize": Role.INITIALIZE,
            "again": Role.INITIALIZE,
            "initialized": Role.INITIALIZED,
            "post": Role.POST,
        },
        "concurrent": {
            "before": Role.POST,
            "stream": Role.GET,
            "held": Role.HELD_POST,
            "other_session": Role.SECOND_SESSION,
            "other_delete": Role.DELETE,
            "other_alone": Role.INITIALIZE,
            "letting_go": Role.VARIANT,
            "after": Role.POST,
            "again_stream": Role.REOPEN_GET,
            "again_held": Role.HELD_POST,
            "again_after": Role.POST,
            "bystander_stream": Role.GET,
            "bystander_first": Role.HELD_POST,
            "bystander_held": Role.HELD_POST,
            "bystander_delete": Role.DELETE,
            "bystander_after": Role.HELD_POST,
        },
        "open": {
            "live": Role.GET,
            "live_http1": Role.OVER_HTTP1,
            "again": Role.GET_AGAIN,
            "none": Role.MISSING_SESSION,
            "made_up": Role.MADE_UP_SESSION,
            "made_up_post": Role.MADE_UP_SESSION,
            "accept_both": Role.VARIANT,
            "post": Role.POST,
            "delete": Role.DELETE,
            "ended_get": Role.ENDED_SESSION,
            "ended_post": Role.ENDED_SESSION,
            "adopted_post": Role.MADE_UP_SESSION,
        },
        "hold": {
            "watches.stream": Role.HOLD_GET,
            **_reopening("watches.reopening", Role.HOLD_GET),
            "refused": Role.SECOND_SESSION,
        },
        "http-sse": {
            "watches.stream": Role.OLD_STREAM,
            **_reopening("watches.reopening", Role.OLD_STREAM),
            "sessions.initialize": Role.INITIALIZE,
            "sessions.initialized": Role.INITIALIZED,
            "sessions.post": Role.POST,
            "sessions.prefixed": Role.OTHER_ADDRESS,
            "sessions.repeated": Role.VARIANT,
            "sessions.after": Role.ENDED_SESSION,
            "refused": Role.OLD_GET,
        },
        "reopen": {
            **_reopening("after_close", Role.GET),
            **_reopening("after_vanish", Role.GET),
        },
        "lifetime": {"noisy": Role.HOLD_GET},
        "delay": {"compressed": Role.CODED_GET},
        "listen": {"streams": Role.LISTEN},
        "session": {
            "before": Role.POST,
            "after": Role.IDLE_POST,
            "busy": Role.POST,
            "own_before": Role.POST,
            "other_fresh": Role.OTHER_CREDENTIAL,
            "other_post": Role.OTHER_CREDENTIAL,
            "other_get": Role.OTHER_CREDENTIAL,
            "own_after": Role.POST,
        },
        "replicas": {
            "without_cookies": Role.PARALLEL_POST,
            "with_cookies": Role.VARIANT,
            "malformed": Role.MADE_UP_SESSION,
            "made_up": Role.MADE_UP_SESSION,
        },
        "second": {
            "first": Role.GET,
            "beside": Role.SECOND_GET,
            "tries.get": Role.REOPEN_GET,
            "tries.http1": Role.OVER_HTTP1,
            "post": Role.POST,
        },
        "resume": {"plain": Role.GET, "resumed": Role.RESUME},
        "auth": {"metadata.asked": Role.METADATA, "options": Role.OPTIONS},
        "guard": {
            "plain": Role.MISSING_SESSION,
            "other_hosts": Role.OTHER_HOST,
            "origin": Role.OTHER_ORIGIN,
            "without_origin": Role.OTHER_ORIGIN,
            "preflight": Role.OPTIONS,
            "any_accept": Role.VARIANT,
            "typed_get": Role.VARIANT,
            "unversioned": Role.VARIANT,
            "client_agent": Role.VARIANT,
            "browser_agent": Role.VARIANT,
        },
        "afterwards": {
            "waited_for": Role.FRESH_SESSION,
            "initialize": Role.FRESH_SESSION,
            "post": Role.LAST_POST,
            "get": Role.GET,
            "room_streams": Role.VARIANT,
            "room_tries.post": Role.VARIANT,
            "pace.seen": Role.VARIANT,
        },
        "credential": {"without": Role.VARIANT},
        "follow-up": {
            "questions.again": Role.ASKED_AGAIN,
            "questions.changes.tried": Role.CHANGED,
            "questions.changes.unchanged": Role.ASKED_AGAIN,
            "questions.changes.once_more": Role.CHANGED,
        },
        "silence": {"asked_again": Role.ALIVE, "limited": Role.ALIVE},
    }
)
# What these ask is asked before a transport is chosen.
_ANY_TRANSPORT = ("reach", "tls", "redirect", "proxy", "control", "provider")
_INDEX = compile_later(r"\[\d+\]")


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: the probe that sent it, the field that holds it, and its role.

    `path` is the way to the field in the evidence: `watches[0].reopening.posts[1]`.
    """

    probe: ProbeId
    path: str
    role: Role
    exchange: Exchange


def role_of(probe: str, path: str) -> Role:
    """Return the role of a field; raises KeyError for one that has no row."""
    return ROLES[probe][_INDEX.sub("", path)]


def asked(
    evidence: Iterable[ProbeEvidence], *, speaks_old: bool = False
) -> tuple[Asked, ...]:
    """Return every request of a report once, in the order in which they were sent.

    A stream that stands in two fields (a watch, and what followed its end) is one.
    `speaks_old` is whether the client speaks HTTP+SSE of revision 2024-11-05: what was
    asked over the transport that it does not speak is a comparison.
    """
    found = [each for seen in evidence for each in _asked(seen)]
    found = [_of_transport(each, speaks_old=speaks_old) for each in found]
    return tuple(sorted(found, key=lambda each: each.exchange.started_s))


def streams_open(evidence: Iterable[ProbeEvidence], at_s: float) -> tuple[Asked, ...]:
    """Return which requests for a stream were sent and not yet ended at a moment.

    `at_s` is in seconds since the triage began. A request whose head had not come by
    then is among them; one that was never sent is not.
    """
    return tuple(each for each in asked(evidence) if _open(each, at_s))


def _open(each: Asked, at_s: float) -> bool:
    seen = each.exchange
    listens = seen.method == "GET" or each.role is Role.LISTEN
    if not (each.role.streams and listens) or seen.failure is Failure.NOT_SENT:
        return False
    ended_at = seen.ended_at_s
    return seen.sent_at_s <= at_s and (ended_at is None or at_s < ended_at)


def _asked(seen: ProbeEvidence) -> Iterator[Asked]:
    # Each kind of evidence has the name of its probe; the kind of all has none.
    probe: ProbeId = getattr(seen, "probe", "bug")
    last: Exchange | None = None
    for path, exchange in walk_exchanges(seen):
        # A watch's own stream stands again at the beginning of what followed it.
        if not (path.endswith(".first") and exchange == last):
            yield Asked(probe, path, _role(seen, probe, path), exchange)
        last = exchange


def _of_transport(each: Asked, *, speaks_old: bool) -> Asked:
    if each.probe in _ANY_TRANSPORT or not each.role.own:
        return each
    other = (each.probe == "http-sse") != speaks_old
    return replace(each, role=Role.OTHER_TRANSPORT) if other else each


def _role(seen: ProbeEvidence, probe: str, path: str) -> Role:
    """Return the role; the two first questions have theirs by the server's era."""
    if isinstance(seen, EraEvidence) and seen.modern is not True:
        return Role.OLD_DISCOVER
    if isinstance(seen, HandshakeEvidence) and seen.modern_only:
        greets = path.startswith(("init", "again"))
        return Role.NEW_INITIALIZE if greets else role_of(probe, path)
    return role_of(probe, path)
