"""How many streams there is room for, once something was refused beside ours."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from streamtriage.model import Exchange, RoomTry, streams_open
from streamtriage.transport.mcp_session import Session

if TYPE_CHECKING:
    from streamtriage.probes.context import Visit
    from streamtriage.transport.requester import LiveResponse

__all__ = ["Room", "needed", "run"]

# No more streams than this are opened at a time, whatever was seen.
MOST = 6
_MORE = 2
_NO_ROOM = 503
_HEAD_S = 0.5
_PATIENCE_S = 3.0
# How long is waited, again and again, for a place of ours to become free.
_FREED_S = (0.0, 0.5, 1.5, 3.0)


@dataclass
class Room:
    """What was asked beside how many streams, and the streams."""

    tries: list[RoomTry] = field(default_factory=list)
    streams: list[Exchange] = field(default_factory=list)


def needed(visit: Visit) -> bool:
    """Run where a request was refused for want of room while streams were open."""
    return 0 < _most(visit) <= MOST and not visit.wire.braked


def _most(visit: Visit) -> int:
    """Return how many streams of ours were open at most when one was refused."""
    evidence = tuple(visit.seen.values())
    full = [seen.sent_at_s for seen in visit.exchanges if seen.status == _NO_ROOM]
    return max((len(streams_open(evidence, at_s)) for at_s in full), default=0)


async def run(visit: Visit) -> Room:
    """Open streams one by one until a POST is refused, and do that step twice in turn.

    Each stream is in a session of its own, and at most two more than had been open
    before, for other requests may have taken places as well; six streams and forty
    requests at most.
    """
    return await _Asker(visit).run(min(_most(visit) + _MORE, MOST))


class _Asker:
    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self._found = Room()
        self._open: list[LiveResponse] = []
        self._sessions: list[Session] = []

    async def run(self, most: int) -> Room:
        try:
            await self._look(most)
        finally:
            while self._open:
                await self._close()
            for session in self._sessions:
                await session.end()
        return self._found

    async def _look(self, most: int) -> None:
        for number in range(most):
            session = Session(self._visit.wire, f"room {number + 1}")
            self._sessions.append(session)
            if not self._goes_on or not await session.open():
                return
        for session in self._sessions:
            if not await self._stream(session):
                return
            if not await self._ask():
                break
        else:
            return
        # Works, fails, works, fails, works: no chance.
        last = self._sessions[len(self._open) - 1]
        if await self._freed() and await self._stream(last):
            await self._ask()
            await self._freed()

    async def _stream(self, session: Session) -> bool:
        """Open one stream more; False where it is refused or we have to stop."""
        if not self._goes_on:
            return False
        live = await session.get("GET, one stream more")
        await live.head(_HEAD_S)
        status = live.recorder.status
        if status not in (None, 200) or live.finished:
            await live.close()
            self._found.streams.append(live.exchange())
            return False
        self._open.append(live)
        return True

    async def _ask(self) -> bool:
        """Send a harmless POST beside the open streams; False where it is refused."""
        if not self._goes_on:
            return False
        number = len(self._open)
        post = await self._sessions[0].post(
            f"tools/list, {number} open", patience_s=self._visit.patience_s(_PATIENCE_S)
        )
        self._found.tries.append(RoomTry(streams=number, post=post.exchange()))
        return post.exchange().worked

    async def _freed(self) -> bool:
        """Close the newest stream and ask until its place is free."""
        await self._close()
        for pause_s in _FREED_S:
            await asyncio.sleep(pause_s)
            if await self._ask():
                return True
        return False

    async def _close(self) -> None:
        live = self._open.pop()
        await live.close()
        self._found.streams.append(live.exchange())

    @property
    def _goes_on(self) -> bool:
        return not (self._visit.cancel.is_set() or self._visit.wire.braked)
