"""Silent watches of the GET stream: how long it lives and what happens then."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from streamtriage.model import End, Event, Exchange, HoldEvidence, Watch
from streamtriage.probes.context import LEAST_S, NO_STREAM, Probe, in_stream
from streamtriage.reference_client.predict import schedule
from streamtriage.transport.mcp_session import Session
from streamtriage.transport.reopen import GLANCE_S, LONGEST_S, reopen

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamtriage.transport.requester import LiveResponse, Wire

__all__ = ["PROBE", "run"]

# The part of the distance between the first two starts after which the third one
# begins. Not a half: what comes regularly would meet all three alike.
THIRD_AT = 0.45
# What is left at least of a watch that nobody asked for, after a head that was late.
_LEAST_PART = 0.75
# Streams that end as soon as they are opened again were looked for at the beginning; at
# the end of such a watch it is seen whether one is given at all.
_OWN_GLANCE_S = 0.15
_Watched: TypeAlias = "tuple[Watch | Exchange | None, tuple[Event, ...]]"


@dataclass
class _Plan:
    """How long each stream is watched, and what ends that sooner.

    `begun` is set when the first one's GET is sent, `following` when the others need
    not wait any more to be opened, and `over` when nobody watches any more. Where `own`
    says that nobody asked for this watch, it is over for all when the first stream is
    still open at the end of its own: there is no age with which others could agree.
    `none` says that the first one was told that no stream is offered.
    """

    watch_s: float
    patience_s: float
    cancel: asyncio.Event
    own: bool
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    following: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)
    none: bool = False

    async def wait(self, seconds: float) -> None:
        """Wait from the first watch's GET on, or until there is no reason to."""
        # A session that opens slowly must not bring the starts near each other.
        await self.begun.wait()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.following.wait(), seconds)

    async def follow(self) -> None:
        """Be over when the person has had enough."""
        await self.cancel.wait()
        self.end()

    def end(self) -> None:
        self.following.set()
        self.over.set()

    def learn(self, first: LiveResponse) -> None:
        """Take what became of the first stream, when its watch is over."""
        if not self.own or first.recorder.status is None:
            return
        self.none = first.recorder.status in NO_STREAM
        if self.none:
            self.following.set()
        elif not first.finished:
            self.end()

    def left_s(self, waited_s: float) -> float:
        """Return how long to watch after a head that was waited for.

        An age counts from the request; where somebody asked for a watch, they get all
        of it nevertheless, and who waits long for a head sees most of it.
        """
        least_s = self.watch_s * (_LEAST_PART if self.own else 1.0)
        return max(self.watch_s - waited_s, least_s)


async def run(  # noqa: PLR0913 - all but the first are for tests and the flow
    wire: Wire,
    *,
    hold_s: float,
    cancel: asyncio.Event,
    least_s: float = LEAST_S,
    head_patience_s: float | None = None,
    crowded: Callable[[], bool] = lambda: False,
    own: bool = False,
) -> HoldEvidence:
    """Hold three streams, each in a session of its own, and send nothing on them.

    The second starts a little after the first, the third between them: a limit ends all
    at the same age, a single event at the same moment, and cuts that come as they like
    at three ages that do not agree. The third is left out where `crowded` says that
    something was refused for want of room; no client needs it, so what it is refused is
    no fault of the server's, and it is not opened again. Nor is it where no stream is
    offered and nobody asked for a watch; the second one then follows at once.
    `own` says that nobody asked for `hold_s`, nor for a watch of 0 s.
    Each is watched for `hold_s`, at least `least_s`; surviving the watch says nothing
    about longer limits. A `retry` that the server sends is waited for as long as the
    watch, at least `LONGEST_S`.
    """
    first_ended = asyncio.Event()
    plan = _Plan(
        max(hold_s, least_s),
        head_patience_s or wire.head_patience_s,
        cancel,
        own=own or hold_s <= 0,
    )
    apart_s = _stagger_s(plan.watch_s)

    async def first() -> _Watched:
        try:
            return await _watch(Session(wire, "hold 1"), plan, first=True)
        finally:
            plan.begun.set()
            first_ended.set()

    async def second() -> _Watched:
        await plan.wait(apart_s)
        if plan.none:
            await first_ended.wait()
        return await _watch(Session(wire, "hold 2"), plan)

    async def third() -> _Watched:
        await plan.wait(apart_s * THIRD_AT)
        if crowded() or plan.none:
            return None, ()
        watch, log = await _watch(Session(wire, "hold 3"), plan, again=False)
        streamed = isinstance(watch, Watch) and watch.stream.is_event_stream
        return watch if streamed else None, log

    following = asyncio.create_task(plan.follow())
    try:
        pairs = await asyncio.gather(first(), second(), third())
    finally:
        following.cancel()
    events = [event for _, log in pairs for event in log]
    return HoldEvidence(
        asked_s=hold_s,
        watches=tuple(w for w, _ in pairs if isinstance(w, Watch)),
        refused=tuple(w for w, _ in pairs if isinstance(w, Exchange)),
        timeline=tuple(sorted(events, key=lambda event: event.at_s)),
    )


def _stagger_s(watch_s: float) -> float:
    """Return how long after the first watch the second one starts.

    Many timers are looked at once a second, as squid's are, and long ones are off by a
    part of their length; a third of this must be more than that, or a limit looks like
    two accidents.
    """
    return max(3.6, watch_s / 40) if watch_s >= 8 else 1.25


async def _watch(
    session: Session, plan: _Plan, *, first: bool = False, again: bool = True
) -> _Watched:
    watch: Watch | Exchange | None = None
    if not plan.cancel.is_set() and await session.open():
        watch = await _hold(session, plan, first=first, again=again)
    elif session.responses:
        watch = session.responses[0].exchange()
    await session.end()
    return watch, session.timeline


async def _look(
    wire: Wire,
    live: LiveResponse,
    plan: _Plan,
    waited_s: float,
    until: asyncio.Event,
) -> None:
    """Watch a stream; one that nobody asked for as much longer as we were late.

    It is so short that a machine which is busy would miss what it is for.
    """
    seconds, began_s = plan.left_s(waited_s), wire.now()
    await live.watch(seconds, until)
    late_s = min(wire.late_s(began_s, wire.now()), seconds)
    if plan.own and late_s > 0:
        await live.watch(late_s, until)


async def _hold(session: Session, plan: _Plan, *, first: bool, again: bool) -> Watch:
    watch_s, patience_s, cancel = plan.watch_s, plan.patience_s, plan.cancel
    live = await session.get("GET, watched in silence")
    plan.begun.set()
    # A head that comes late must be seen to come late, so the whole watch is spent on
    # it where it is longer than our patience.
    await live.head(max(patience_s, watch_s), cancel)
    if live.recorder.status is not None and (
        live.recorder.media_type != "text/event-stream"
    ):
        await live.read_answer(2.0)
    elif live.recorder.status is not None:
        waited_s = live.exchange().head_wait_s or 0.0
        await _look(session.wire, live, plan, waited_s, cancel if first else plan.over)
    if first:
        plan.learn(live)
    ended_itself = live.finished
    await live.close(End.CANCELLED if cancel.is_set() else End.WATCHED)
    seen = live.exchange()
    if not (again and seen.is_event_stream) or cancel.is_set():
        return Watch(stream=seen)
    if ended_itself:
        followed = await reopen(
            session,
            seen,
            "server",
            schedule(live.recorder.retry_ms),
            patience_s,
            longest_s=max(watch_s, LONGEST_S),
            cancel=cancel,
        )
    else:
        # Still open after the watch: a stream that old is ended and opened again, for
        # sessions and tokens end while a stream that they opened goes on.
        followed = await reopen(
            session,
            seen,
            "client-fin",
            (0.0, *schedule()),
            patience_s,
            glance_s=_OWN_GLANCE_S if plan.own else GLANCE_S,
            cancel=cancel,
        )
    return Watch(stream=seen, reopening=followed)


PROBE = Probe(
    "hold",
    "watch",
    "Watching a silent stream",
    in_stream,
    lambda visit: run(
        visit.wire,
        hold_s=visit.intake.hold_s,
        cancel=visit.cancel,
        crowded=lambda: visit.crowded,
        own=visit.own_hold,
    ),
    in_turn=True,
    lasts_s=lambda intake: intake.hold_s,
)
