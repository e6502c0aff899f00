"""HTTP+SSE of revision 2024-11-05, spoken as its own clients do."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from streamtriage.model import (
    Attempt,
    End,
    EraEvidence,
    HandshakeEvidence,
    HttpSseEvidence,
    OldSession,
    Reopening,
    Watch,
)
from streamtriage.probes.context import Probe, answered
from streamtriage.probes.idle_watch import THIRD_AT
from streamtriage.probes.old_session import OldTransportSession

if TYPE_CHECKING:
    from streamtriage.model import Event, Exchange
    from streamtriage.probes.context import Visit

__all__ = ["PROBE", "needed", "run"]

# Statuses after which clients try this transport next (MCP 2025-11-25,
# basic/transports, Backwards Compatibility: 400, 404 or 405; the SDKs any 4xx).
_NOT_ASKED_AFTER = (401, 403, 407, 429)
# A browser's EventSource and the SDKs open the stream again after so long.
_AGAIN_S = (0.0, 1.0)
_LEAST_S = 2.75
_CURT_S = 2.0


def needed(visit: Visit) -> bool:
    """Run where the client speaks it, or where a POST to the URL is refused."""
    if not answered(visit):
        return False
    if visit.speaks_old:
        return True
    greeted = visit.of(HandshakeEvidence)
    first = greeted.initialize if greeted is not None else None
    if first is None or first.status is None or visit.session.opened:
        return False
    refused = 400 <= first.status < 500 and first.status not in _NOT_ASKED_AFTER
    return refused or _names_endpoint(first) or _asked_by_discover(visit)


def _asked_by_discover(visit: Visit) -> bool:
    era = visit.of(EraEvidence)
    seen = era.discover if era is not None else None
    return seen is not None and _names_endpoint(seen)


def _names_endpoint(seen: Exchange) -> bool:
    return seen.is_event_stream and seen.other_event == "endpoint"


async def run(visit: Visit) -> HttpSseEvidence:
    """Open a stream and greet over its endpoint; then watch three as the hold does.

    Where the first GET names no endpoint, nothing more is asked. Each stream is a
    session of its own, and closing it ends that.
    """
    return await _Watcher(visit).run()


class _Watcher:
    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self._watch_s = max(visit.intake.hold_s, _LEAST_S)
        self._began_s = 0.0
        self._known = asyncio.Event()
        self._served = False
        self._events: list[Event] = []

    async def run(self) -> HttpSseEvidence:
        apart_s = _apart_s(self._watch_s)
        moments = (0.0, apart_s, apart_s * THIRD_AT)
        seen = await asyncio.gather(
            *(self._one(number, after_s) for number, after_s in enumerate(moments))
        )
        pairs = [each for each in seen if isinstance(each, tuple)]
        refused = next((each for each in seen if not isinstance(each, tuple)), None)
        return HttpSseEvidence(
            wanted=bool(self._visit.speaks_old),
            asked_s=self._visit.intake.hold_s,
            watches=tuple(watch for watch, _ in pairs),
            sessions=tuple(session for _, session in pairs),
            refused=None if pairs else refused,
            timeline=tuple(sorted(self._events, key=lambda event: event.at_s)),
        )

    async def _one(
        self, number: int, after_s: float
    ) -> tuple[Watch, OldSession] | Exchange | None:
        visit = self._visit
        if number:
            await self._known.wait()
            if not self._served or not await self._wait(after_s):
                return None
        # A proxy that buffers holds the endpoint back for as long as it can.
        patience_s = visit.wire.head_patience_s
        session = OldTransportSession(visit.wire, f"http-sse {number + 1}", patience_s)
        try:
            found = await session.connect("GET of HTTP+SSE", visit.cancel)
            if not number:
                self._served, self._began_s = found, visit.wire.now()
            if found:
                await session.greet(visit.cancel)
            if not number:
                # Nobody holds streams on which not even a greeting is answered.
                self._served = found and session.seen.initialize_s is not None
                self._known.set()
            if not found:
                return await self._gone(session)
            return await self._watch(session, again=number < 2)
        finally:
            self._known.set()
            if session.stream is not None:
                await session.stream.close(End.CANCELLED)
            self._events += session.timeline

    async def _gone(self, session: OldTransportSession) -> Exchange | None:
        assert session.stream is not None
        await session.stream.close()
        return session.watched()

    async def _watch(
        self, session: OldTransportSession, *, again: bool
    ) -> tuple[Watch, OldSession]:
        """Hold the stream in silence; use its endpoint and open another when it ends.

        A stream on which nothing was answered is not held.
        """
        cancel, stream = self._visit.cancel, session.stream
        assert stream is not None
        if session.seen.initialize_s is not None:
            await stream.watch(self._watch_s, cancel)
        by_server = stream.finished
        await stream.close(End.CANCELLED if cancel.is_set() else End.WATCHED)
        first = session.watched()
        if cancel.is_set() or not again:
            return Watch(stream=first), session.seen
        await session.use_after_end("server" if by_server else "client-fin")
        followed = await self._reopen(session, first) if by_server else None
        return Watch(stream=first, reopening=followed), session.seen

    async def _reopen(self, session: OldTransportSession, first: Exchange) -> Reopening:
        """Open another stream, as a client does: it is another session."""
        attempts: list[Attempt] = []
        for moment_s in _AGAIN_S:
            if attempts and not await self._sleep(moment_s):
                break
            anew = OldTransportSession(self._visit.wire, session.purpose, _CURT_S)
            found = await anew.connect(
                f"GET again at +{moment_s:g} s", self._visit.cancel
            )
            if anew.stream is not None:
                await anew.stream.close()
                attempts.append(Attempt(after_s=moment_s, get=anew.watched()))
            session.responses += anew.responses
            if found or self._visit.wire.braked:
                break
        return Reopening(ended_by="server", first=first, attempts=tuple(attempts))

    async def _wait(self, after_s: float) -> bool:
        """Wait until so long after the first stream; False where nobody waits more."""
        left_s = self._began_s + after_s - self._visit.wire.now()
        return await self._sleep(max(left_s, 0.001))

    async def _sleep(self, seconds: float) -> bool:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._visit.cancel.wait(), seconds)
        return not (self._visit.cancel.is_set() or self._visit.wire.braked)


def _apart_s(watch_s: float) -> float:
    """Return how long after the first watch the second starts, as for the hold."""
    return max(3.6, watch_s / 40) if watch_s >= 8 else 1.25


PROBE = Probe(
    "http-sse",
    "watch",
    "Asking as a client of HTTP+SSE does",
    needed,
    run,
    lasts_s=lambda intake: intake.hold_s,
)
