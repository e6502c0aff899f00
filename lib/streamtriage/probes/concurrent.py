"""POST before, while and after a stream is held, and a second session beside it."""

from __future__ import annotations

import asyncio
import copy
from typing import TYPE_CHECKING

from streamtriage.model import ConcurrentEvidence
from streamtriage.probes.context import SLOWER, Probe, in_session
from streamtriage.protocol.messages import MODERN_ERRORS
from streamtriage.transport.mcp_session import Session

if TYPE_CHECKING:
    from streamtriage.model import Exchange
    from streamtriage.probes.context import Visit
    from streamtriage.transport.requester import LiveResponse

__all__ = ["PROBE", "run"]

# A client does not wait for the head of its GET before it sends the next POST, and many
# servers send none before the first event. But who takes longer for any answer may be
# about to refuse it, and then there is no stream to ask beside.
HEAD_S = 0.2
REFUSAL_TAKES = 1.5
MOST_HEAD_S = 2.0
# Between two requests beside the stream.
MOMENT_S = 0.05
# A stream that a POST ends does so within this time.
LONGEST_MOMENT_S = 1.0
# A POST that is starved by the stream is never answered; a slow one is by then.
PATIENCE_S = 4.0
AGAIN_PATIENCE_S = 2.0
_MAIN_TRIES = 3
# Answers to a session that is not known any more.
LOST = (400, 404, 410)
# How long is waited after our close, again and again, for a place to become free.
FREED_S = (0.5, 1.5, 3.0)


async def run(visit: Visit) -> ConcurrentEvidence:
    """Send what a client sends, in its order, and hold the stream that it holds.

    Twelve requests in a session of its own, and at most seven more where one beside
    the stream failed or the stream ended, or ten where the second session was followed
    by that. A server that takes no session beside the main one is asked in the main
    one, which is then ended and opened anew.
    """
    return await _Asker(visit).run()


class _Asker:
    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        # What is starved by our own stream is told from a silence by closing it.
        self._wire = visit.wire.aside(unasked=True)
        self._sessions: list[Session] = []
        self._found = ConcurrentEvidence()
        self._greeting_s = 0.0

    async def run(self) -> ConcurrentEvidence:
        session = self._session("concurrent")
        start = await session.initialize()
        self._greeting_s = _took_s(start.exchange())
        in_main = not session.opened
        if session.opened:
            await self._answered(await session.notify_initialized())
        else:
            self._take(other_session=start.exchange())
            await self._answered(start)
            session = copy.copy(self._visit.session)
            session.wire, session.responses = self._wire, []
            self._sessions.append(session)
        before = await session.post()
        self._take(before=before.exchange())
        await self._answered(before)
        if self._goes_on and before.exchange().worked:
            await self._beside(session, _took_s(before.exchange()))
        if not in_main:
            await session.end()
            await self._alone()
        elif _for_want_of_room(start.exchange()):
            await self._main_anew(session)
        last = self._last()
        if not last.answered:
            await self._visit.wire.still_answers(last.sent_at_s)
        events = (event for each in self._sessions for event in each.timeline)
        return self._found.model_copy(
            update={"timeline": tuple(sorted(events, key=lambda event: event.at_s))}
        )

    async def _answered(self, live: LiveResponse) -> None:
        """Ask whether the server still answers: no stream of ours is in its way yet."""
        if not live.exchange().answered:
            await self._visit.wire.still_answers(live.recorder.sent_at_s)

    # --- the steps --------------------------------------------------------------------

    async def _beside(self, session: Session, usual_s: float) -> None:
        """Hold a stream, ask beside it, close it, and ask once more."""
        patience_s = self._patience_s(PATIENCE_S, usual_s)
        stream = await session.get("GET, held while POSTs are sent")
        await stream.head(max(HEAD_S, min(REFUSAL_TAKES * usual_s, MOST_HEAD_S)))
        held = [] if _is_none(stream) else await self._posts(stream, session, usual_s)
        if self._found.other_session is None and self._goes_on:
            await self._other(patience_s)
        ended_itself = stream.finished
        await stream.close()
        self._take(stream=stream.exchange())
        if not held or not self._goes_on:
            return
        failed = not all(each.worked for each in self._found.held)
        slow = all(map(self._is_slow, self._found.held))
        tries = len(FREED_S) if failed or slow else 0
        after, waits = await self._closed(session, patience_s, tries, "stream closed")
        self._take(after=after.exchange(), letting_go=waits)
        if not self._goes_on:
            return
        if self._hit_by_other():
            await self._bystander(patience_s)
        elif after.exchange().worked and (failed or ended_itself or self._found.slowed):
            await self._again(session, _took_s(after.exchange()))

    async def _posts(
        self, stream: LiveResponse, session: Session, usual_s: float
    ) -> list[Exchange]:
        """Ask twice beside the stream; while one waits, a second session is opened."""
        patience_s = self._patience_s(PATIENCE_S, usual_s)
        first = asyncio.create_task(
            session.post("tools/list, stream held", patience_s=patience_s)
        )
        try:
            await asyncio.wait({first}, timeout=MOMENT_S * 10 + SLOWER * usual_s)
            if not first.done() and self._found.other_session is None:
                await self._other(patience_s)
            held = [(await first).exchange()]
        finally:
            first.cancel()
        if held[0].answered and self._goes_on:
            await stream.watch(MOMENT_S)
            second = await session.post(
                "tools/list, stream held, once more", patience_s=patience_s
            )
            held.append(second.exchange())
        # A POST may end the stream a moment after it was answered.
        await stream.watch(MOMENT_S)
        self._take(held=tuple(held))
        return held

    async def _other(self, patience_s: float) -> None:
        """Open a second session beside the first one, and end it."""
        other = self._session("second session")
        slower_s = self._patience_s(patience_s, self._greeting_s)
        start = await other.initialize(slower_s)
        self._take(other_session=start.exchange())
        ended = await other.end()
        if ended is not None:
            self._take(other_delete=ended.exchange())

    async def _closed(
        self, session: Session, patience_s: float, tries: int, words: str
    ) -> tuple[LiveResponse, tuple[Exchange, ...]]:
        """Ask after our close; where the stream was in the way, until it is let go.

        A hop may take a moment to notice that a client is gone. Returns the last
        answer, and those that had failed before it.
        """
        after = await session.post(f"tools/list, {words}", patience_s=patience_s)
        waits: list[Exchange] = []
        for pause_s in FREED_S[:tries]:
            answered = after.exchange()
            through = answered.worked and not self._is_slow(answered)
            if through or not self._goes_on:
                break
            waits.append(after.exchange())
            await asyncio.sleep(pause_s)
            after = await session.post(
                f"tools/list, {words} for longer", patience_s=patience_s
            )
        return after, tuple(waits)

    async def _again(self, session: Session, usual_s: float) -> None:
        """Hold and ask once more: twice the same is no chance."""
        refused_s = max((_took_s(s) for s in self._found.held if s.answered), default=0)
        patience_s = self._patience_s(AGAIN_PATIENCE_S + refused_s, usual_s)
        stream = await session.get("GET, held once more")
        await stream.head(HEAD_S)
        held = await session.post("tools/list, held once more", patience_s=patience_s)
        await stream.watch(self._until_it_ended_s())
        await stream.close()
        self._take(again_stream=stream.exchange(), again_held=held.exchange())
        if self._goes_on:
            after, waits = await self._closed(
                session, patience_s, len(self._found.letting_go), "closed once more"
            )
            self._take(
                again_after=after.exchange(),
                letting_go=(*self._found.letting_go, *waits),
            )

    def _until_it_ended_s(self) -> float:
        """Return how long to wait for the second stream to end as the first one did."""
        first, held = self._found.stream, self._found.held
        natural = first is not None and first.end is not None and first.end.natural
        if first is None or not natural or not held:
            return MOMENT_S
        after_s = (first.ended_at_s or 0.0) - held[0].sent_at_s
        return min(max(2 * after_s, MOMENT_S) + MOMENT_S, LONGEST_MOMENT_S)

    def _is_slow(self, seen: Exchange) -> bool:
        """Tell whether an answer took far longer than before the stream was opened."""
        before = self._found.before
        return before is not None and seen.waited_longer_than(before)

    def _hit_by_other(self) -> bool:
        """Tell whether the session, or its stream, did not outlive the second one."""
        found = self._found
        other, stream, after = found.other_session, found.stream, found.after
        if other is None or not other.accepted or stream is None or after is None:
            return False
        if not all(each.worked for each in found.held):
            return False
        ended = stream.end is not None and stream.end.natural
        cut = ended and (stream.ended_at_s or 0.0) >= other.sent_at_s
        return cut or (after.status in LOST)

    async def _bystander(self, patience_s: float) -> None:
        """Ask which step of another session ends one of ours: its start or its end."""
        session = self._session("bystander")
        if not await session.open():
            return
        stream = await session.get("GET, beside another session")
        await stream.head(HEAD_S)
        first = await session.post("tools/list, alone", patience_s=patience_s)
        other = self._session("another session")
        await other.initialize(patience_s)
        held = await session.post("tools/list, two sessions", patience_s=patience_s)
        ended = await other.end() if self._goes_on else None
        await stream.watch(MOMENT_S)
        after = await session.post("tools/list, one session", patience_s=patience_s)
        await stream.close()
        await session.end()
        self._take(
            bystander_stream=stream.exchange(),
            bystander_first=first.exchange(),
            bystander_held=held.exchange(),
            bystander_delete=ended.exchange() if ended is not None else None,
            bystander_after=after.exchange(),
        )

    async def _alone(self) -> None:
        """Repeat a refused `initialize` after the session beside it was ended."""
        other = self._found.other_session
        if other is None or not other.answered or other.accepted or not self._goes_on:
            return
        alone = self._session("alone")
        start = await alone.initialize()
        self._take(other_alone=start.exchange())
        await alone.end()

    async def _main_anew(self, main: Session) -> None:
        """End the main session that a second one was refused beside, and open it anew.

        Only the first answer is kept; it is asked twice more for the probes after this
        one, which need a session.
        """
        ended = await main.end()
        if ended is None or not ended.exchange().accepted:
            return
        for _ in range(_MAIN_TRIES):
            if not self._goes_on:
                break
            anew = Session(self._visit.wire, "main")
            self._sessions.append(anew)
            self._visit.session = anew
            start = await anew.initialize()
            if self._found.other_alone is None:
                self._take(other_alone=start.exchange())
            if anew.opened:
                await anew.notify_initialized()
                break

    # --- private ----------------------------------------------------------------------

    @property
    def _goes_on(self) -> bool:
        return not (self._visit.cancel.is_set() or self._visit.wire.braked)

    def _session(self, purpose: str) -> Session:
        self._sessions.append(Session(self._wire, purpose))
        return self._sessions[-1]

    def _take(self, **facts: object) -> None:
        self._found = self._found.model_copy(update=facts)

    def _patience_s(self, least_s: float, usual_s: float) -> float:
        return min(self._wire.answer_patience_s, least_s + SLOWER * usual_s)

    def _last(self) -> Exchange:
        """Return the last POST, our stream being closed."""
        found = self._found
        last = found.again_after or found.again_held or found.after or found.before
        assert last is not None
        return last


def _for_want_of_room(seen: Exchange) -> bool:
    """Tell whether a second session may have been refused because of the first one.

    Not for a credential, nor by a replica of another revision.
    """
    refused = seen.answered and not seen.accepted
    otherwise = seen.status in (401, 403, 429) or seen.jsonrpc_code in MODERN_ERRORS
    return refused and not otherwise


def _is_none(stream: LiveResponse) -> bool:
    """Tell whether there is no stream to hold: refused, or failed."""
    refused = stream.recorder.status is not None and (
        stream.recorder.media_type != "text/event-stream"
    )
    failed = stream.recorder.status is None and stream.finished
    return refused or failed


def _took_s(seen: Exchange) -> float:
    return seen.age_s or 0.0


PROBE = Probe(
    "concurrent",
    "greet",
    "Sending POSTs while a stream is held",
    in_session,
    run,
    is_built_on=False,
)
