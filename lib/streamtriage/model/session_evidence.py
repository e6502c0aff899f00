"""Sessions and their streams, as the active probes saw them."""

from __future__ import annotations

from typing import Annotated, Literal

from streamtriage.model.crossing import Crossing
from streamtriage.model.evidence import ProbeEvidence
from streamtriage.model.exchange import Attempt, Exchange, Reopening, Watch
from streamtriage.model.vocabulary import Noun

__all__ = [
    "REFUSED_IN_A_ROW",
    "AfterwardsEvidence",
    "BugEvidence",
    "ConcurrentEvidence",
    "DelayEvidence",
    "EraEvidence",
    "HandshakeEvidence",
    "HoldEvidence",
    "LifetimeEvidence",
    "ListenEvidence",
    "OpenEvidence",
    "PaceTry",
    "ReopenEvidence",
    "ReplicasEvidence",
    "ResumeEvidence",
    "RoomTry",
    "SecondEvidence",
    "SessionEvidence",
    "SilenceEvidence",
]


class EraEvidence(ProbeEvidence):
    """Which protocol revisions the server offers, by the rule of `basic/versioning`.

    `promised` is what it says it would send on the stream of `subscriptions/listen`;
    None where it did not say, or was not asked.
    """

    probe: Literal["era"] = "era"
    discover: Exchange | None = None
    modern: bool | None = None
    supported: tuple[str, ...] = ()
    promised: tuple[str, ...] | None = None


class HandshakeEvidence(ProbeEvidence):
    """`initialize`, `notifications/initialized` and one harmless POST.

    `again` repeats an `initialize` that was answered 500; where a server is of revision
    2026-07-28 only, it is what others behind the same address answer.
    """

    probe: Literal["handshake"] = "handshake"
    initialize: Exchange | None = None
    again: tuple[Exchange, ...] = ()
    initialized: Exchange | None = None
    post: Exchange | None = None
    session_issued: bool = False
    session_label: str = ""
    revision: str = ""
    server_name: Annotated[str, Crossing(80)] = ""
    server_version: Annotated[str, Crossing(40)] = ""
    modern_only: bool = False
    supported: tuple[str, ...] = ()


class ConcurrentEvidence(ProbeEvidence):
    """POST before, while and after a stream is held, in the order of a real client.

    `stream` is held while `held` are sent, and a second session is opened and ended
    beside it (`other_session`, `other_delete`); then we close it, and `after` follows;
    `letting_go` are those that still failed before it, until our place was free.
    The same once more (`again_*`) where the stream ended by itself at the moment of a
    POST, which may be chance, and where a POST beside it failed and `after` worked.
    `other_alone` repeats a refused `other_session` after the session of this probe was
    ended. A server that refuses a session beside the main one is asked in the main one,
    which is then ended for `other_alone` and goes on as the session that this opens.
    Where the first session or its stream did not outlive the second one, it is asked
    once more which of its steps ends it: `bystander_stream` is held, a POST is sent
    (`bystander_first`), another session is opened (`bystander_held`) and ended
    (`bystander_delete`), and a last POST follows (`bystander_after`).
    """

    probe: Literal["concurrent"] = "concurrent"
    before: Exchange | None = None
    stream: Exchange | None = None
    held: tuple[Exchange, ...] = ()
    other_session: Exchange | None = None
    other_delete: Exchange | None = None
    other_alone: Exchange | None = None
    letting_go: tuple[Exchange, ...] = ()
    after: Exchange | None = None
    again_stream: Exchange | None = None
    again_held: Exchange | None = None
    again_after: Exchange | None = None
    bystander_stream: Exchange | None = None
    bystander_first: Exchange | None = None
    bystander_held: Exchange | None = None
    bystander_delete: Exchange | None = None
    bystander_after: Exchange | None = None

    @property
    def slowed(self) -> bool:
        """True where each POST beside the stream waited far longer than those without.

        All of them were answered; what this program itself was late by is taken off.
        """
        return bool(self.held) and _slower(self.held, (self.before, self.after))

    @property
    def slowed_again(self) -> bool:
        """True where it was so when the stream was held once more, and then no more."""
        if self.again_held is None or self.again_after is None:
            return False
        return _slower((self.again_held,), (self.after, self.again_after))


def _slower(beside: tuple[Exchange, ...], without: tuple[Exchange | None, ...]) -> bool:
    usual = [seen for seen in without if seen is not None and seen.worked]
    return len(usual) == len(without) and all(
        seen.waited_longer_than(other) for seen in beside for other in usual
    )


class OpenEvidence(ProbeEvidence):
    """The GET stream asked for with the live session, with none and with a made-up one.

    `ended_*` use our own session after our own DELETE. `accept_both` repeats a 406 with
    both media types, and `live_http1` a refusal that came over HTTP/2 in HTTP/1.1,
    which has words for it. `adopted_post` uses the id that came with the refusal of
    another one, as clients of the TypeScript SDK 1.x do.
    """

    probe: Literal["open"] = "open"
    live: Exchange | None = None
    live_http1: Exchange | None = None
    again: Exchange | None = None
    none: Exchange | None = None
    made_up: Exchange | None = None
    made_up_post: Exchange | None = None
    accept_both: Exchange | None = None
    post: Exchange | None = None
    delete: Exchange | None = None
    ended_get: Exchange | None = None
    ended_post: Exchange | None = None
    adopted_post: Exchange | None = None


class HoldEvidence(ProbeEvidence):
    """Silent watches in sessions of their own, started apart from each other.

    `refused` are the `initialize` of sessions that could not be opened for it.
    """

    probe: Literal["hold"] = "hold"
    asked_s: float = 0.0
    watches: tuple[Watch, ...] = ()
    refused: tuple[Exchange, ...] = ()


class ReopenEvidence(ProbeEvidence):
    """Reopening after our FIN and after our RST, on the reference client's schedule."""

    probe: Literal["reopen"] = "reopen"
    after_close: Reopening | None = None
    after_vanish: Reopening | None = None


class LifetimeEvidence(ProbeEvidence):
    """A stream on which our own requests provoke traffic, beside the silent ones.

    `provoked` is None where nothing was tried, and False where the server sends nothing
    for what we send; `noises` counts the messages that it did send.
    """

    probe: Literal["lifetime"] = "lifetime"
    noisy: Exchange | None = None
    provoked: bool | None = None
    noises: int = 0
    every_s: float | None = None


class DelayEvidence(ProbeEvidence):
    """How late things come: the clocks, and a stream asked for in compressed form.

    `clock_s` is how far the server's clock is behind ours, to about a second: the age
    of `Date` in the promptest answer. Positive means behind.
    """

    probe: Literal["delay"] = "delay"
    clock_s: float | None = None
    compressed: Exchange | None = None
    content_encoding: str = ""


class ListenEvidence(ProbeEvidence):
    """`subscriptions/listen` of revision 2026-07-28: opened, held, opened again.

    `acknowledged` says whether the first stream began as the revision requires.
    """

    probe: Literal["listen"] = "listen"
    streams: tuple[Exchange, ...] = ()
    acknowledged: bool | None = None


class SessionEvidence(ProbeEvidence):
    """One session left alone for a while, and one used with another credential.

    One is left alone beside each watch, for as long as that lasts if not asked
    otherwise, and another of its age is kept `busy` beside it. The other
    credential opens a session of its own (`other_fresh`) and is then used in ours.
    """

    probe: Literal["session"] = "session"
    idle_s: float = 0.0
    before: Exchange | None = None
    after: Exchange | None = None
    busy: tuple[Exchange, ...] = ()
    own_before: Exchange | None = None
    other_fresh: Exchange | None = None
    other_post: Exchange | None = None
    other_get: Exchange | None = None
    own_after: Exchange | None = None


class ReplicasEvidence(ProbeEvidence):
    """One session asked for again and again, each time on a fresh connection.

    In the order in which they were sent; the first `asked` of them overlapped.
    `cookies` are the names of those that `initialize` set; `malformed` and `made_up`
    were sent to see whether a server that accepts everything checks an id at all.
    """

    probe: Literal["replicas"] = "replicas"
    asked: int = 0
    without_cookies: tuple[Exchange, ...] = ()
    with_cookies: tuple[Exchange, ...] = ()
    cookies: Annotated[tuple[str, ...], Crossing(80)] = ()
    malformed: Exchange | None = None
    made_up: Exchange | None = None


class SecondEvidence(ProbeEvidence):
    """A second GET beside an open one, and how long a vanished one keeps its place.

    `freed_s` is when a GET was accepted again after the first one had vanished; None if
    none was in the time that was taken for it.
    """

    probe: Literal["second"] = "second"
    first: Exchange | None = None
    beside: Exchange | None = None
    first_went_on: bool | None = None
    tries: tuple[Attempt, ...] = ()
    freed_s: float | None = None
    post: Exchange | None = None


class ResumeEvidence(ProbeEvidence):
    """The same GET with and without the id of an event that was received before.

    `expected` is how many events had followed the one whose id was sent; None where
    nobody can know, on a stream that the server writes to when it likes.
    """

    probe: Literal["resume"] = "resume"
    source: Literal["", "get", "post"] = ""
    expected: int | None = None
    plain: Exchange | None = None
    resumed: tuple[Exchange, ...] = ()


# Once may be chance.
_TURNS = 2
REFUSED_IN_A_ROW = 4


class RoomTry(Noun):
    """One POST beside so many streams of ours."""

    streams: int
    post: Exchange


class PaceTry(Noun):
    """One harmless request, sent when nothing had been for `pause_s` seconds."""

    pause_s: float
    seen: Exchange


class AfterwardsEvidence(ProbeEvidence):
    """The last look of a run: whether requests work at its end as at its beginning.

    One fresh session with one POST, and a GET where something had failed after others
    had worked; then the return is waited for (`waited_s`), and `waited_for` are the
    `initialize` that failed before the one that is kept as `initialize`.
    Where something was refused for want of room while streams of ours were open, they
    are opened again one by one (`room_streams`) with a POST beside each number of them
    (`room_tries`), and the step that is refused is taken back and done once more.
    Where something was refused at once that is accepted at other times, it is asked
    slowly and quickly in turn (`pace`).
    """

    probe: Literal["afterwards"] = "afterwards"
    initialize: Exchange | None = None
    post: Exchange | None = None
    get: Exchange | None = None
    waited_s: float = 0.0
    waited_for: tuple[Exchange, ...] = ()
    room_streams: tuple[Exchange, ...] = ()
    room_tries: tuple[RoomTry, ...] = ()
    pace: tuple[PaceTry, ...] = ()

    @property
    def paced(self) -> bool:
        """True where the quick ones were refused, twice, and slow ones accepted.

        Who refuses each third request, or one by chance, takes the next one however
        soon it comes; who minds the pace refuses several in a row.
        """
        full, rounds = 0, 0
        for each in self.pace:
            if not each.pause_s:
                full = 0 if each.seen.accepted else full + 1
            elif each.seen.accepted:
                rounds += full >= REFUSED_IN_A_ROW
                full = 0
        return rounds >= _TURNS


class SilenceEvidence(ProbeEvidence):
    """Whether the server still answered anything after a request without an answer.

    `fell_silent_after` is the label of the request after which nothing was answered any
    more, `fell_silent_s` when that was sent, in seconds since the triage began; empty
    and None where the server went on answering. `asked_again` are the harmless requests
    that were sent to find out; after a silence nothing else was sent. `limited` is the
    429 after which nothing was sent, where it answered what no other probe keeps: the
    end of a session, say.
    """

    probe: Literal["silence"] = "silence"
    fell_silent_after: str = ""
    fell_silent_s: float | None = None
    asked_again: tuple[Exchange, ...] = ()
    limited: Exchange | None = None


class BugEvidence(ProbeEvidence):
    """A probe that crashed: a fault of this tool, never of the server."""

    probe: Literal["bug"] = "bug"
    crashed: str = ""
    traceback: str = ""
