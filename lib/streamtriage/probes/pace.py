"""Whether it is the pace of requests that decides which of them are refused."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from streamtriage.model import REFUSED_IN_A_ROW, Exchange, PaceTry, Role, asked
from streamtriage.transport.mcp_session import Session
from streamtriage.transport.reopen import read_head

if TYPE_CHECKING:
    from streamtriage.model import Asked
    from streamtriage.probes.context import Visit
    from streamtriage.transport.requester import LiveResponse

__all__ = ["needed", "run"]

# What limiters answer that do not say 429: nginx 503 by default, others of their own.
_LIMITS = (403, 420, 503, 509, 529)
# A limiter does not think; whoever waits for somebody answers later.
_AT_ONCE_S = 1.0
# So long nothing is sent, and once so much longer where that was not enough.
_PAUSE_S = 2.0
_LONG_PAUSE_S = 6.0
# So many are asked one after the other: as many as it took before, and some more.
_FEWEST, _MOST, _MORE = 10, 18, 6
# Fails, works, fails, works: once would be chance.
_ROUNDS = 2
_PATIENCE_S = 3.0
_FIRST_GETS = (Role.GET, Role.HOLD_GET, Role.CODED_GET)
# Each GET has a session of its own, and its stream stays open: so many at a time.
_STREAMS = 6


def needed(visit: Visit) -> bool:
    """Run where requests were refused at once that are accepted at other times."""
    return not visit.wire.braked and bool(_method(visit))


def _method(visit: Visit) -> str:
    """Return the method of what was refused and accepted; POST where both were."""
    requests = asked(visit.seen.values())
    for method in ("POST", "GET"):
        own = [each.exchange for each in requests if _counts(each, method)]
        if any(map(_refused, own)) and any(seen.accepted for seen in own):
            return method
    return ""


def _counts(each: Asked, method: str) -> bool:
    """Tell whether it was the first of its kind in its session, or any POST in one."""
    seen = each.exchange
    wanted = each.role in _FIRST_GETS if method == "GET" else each.role.own
    return wanted and seen.method == method and seen.answered


def _refused(seen: Exchange) -> bool:
    at_once = (seen.head_wait_s or 0.0) < _AT_ONCE_S
    return seen.status in _LIMITS and seen.jsonrpc_code is None and at_once


async def run(visit: Visit) -> tuple[PaceTry, ...]:
    """Ask after a pause, then quickly until some are refused, and both once more.

    One after the other, so that no two are under way at one time; streams that this
    opens stay open meanwhile, for a place that comes free with an end is no pace. At
    most seventy requests, with those that open and end sessions, and 20 s.
    """
    return await _Asker(visit, _method(visit)).run()


class _Asker:
    def __init__(self, visit: Visit, method: str) -> None:
        self._visit = visit
        self._method = method
        self._asked: list[tuple[float, LiveResponse]] = []
        self._sessions: list[Session] = []

    async def run(self) -> tuple[PaceTry, ...]:
        try:
            await self._wait(_PAUSE_S)
            if self._method == "GET" or await self._session() is not None:
                await self._look()
        finally:
            for _, live in self._asked:
                await live.close()
            await self._wait(_PAUSE_S if self._method == "POST" else 0.0)
            for session in self._sessions:
                if self._goes_on:
                    await session.end()
        return tuple(
            PaceTry(pause_s=pause_s, seen=live.exchange())
            for pause_s, live in self._asked
        )

    async def _look(self) -> None:
        for turn in range(_ROUNDS + 1):
            if not await self._slowly() or turn == _ROUNDS:
                return
            if not await self._quickly():
                return

    async def _slowly(self) -> bool:
        """Ask after a pause, and after a longer one; False where both are refused."""
        for pause_s in (_PAUSE_S, _LONG_PAUSE_S):
            await self._wait(pause_s)
            if not self._goes_on:
                return False
            if await self._ask(pause_s):
                return True
        return False

    async def _quickly(self) -> bool:
        """Ask again and again; False where not several in a row are refused at last."""
        full = 0
        for _ in range(self._most()):
            if not self._goes_on:
                return False
            full = 0 if await self._ask(0.0) else full + 1
            if full == REFUSED_IN_A_ROW:
                return True
        return False

    async def _session(self) -> Session | None:
        """Open a session; None where it is refused or we have to stop."""
        if not self._goes_on:
            return None
        session = Session(self._visit.wire, f"pace {len(self._sessions) + 1}")
        self._sessions.append(session)
        return session if await session.open() else None

    def _most(self) -> int:
        """Return how many to ask at most, by what it took in the second before."""
        if self._method == "GET":
            held = sum(live.exchange().is_event_stream for _, live in self._asked)
            return max(_STREAMS - held, 0) + REFUSED_IN_A_ROW
        full = [seen.sent_at_s for seen in self._visit.exchanges if _refused(seen)]
        first_s = min(full, default=0.0)
        before = [
            seen
            for seen in self._visit.exchanges
            if first_s - 1.0 <= seen.sent_at_s <= first_s
        ]
        return min(max(len(before) + _MORE, _FEWEST), _MOST)

    async def _ask(self, pause_s: float) -> bool:
        if self._method == "GET":
            session = await self._session()
            if session is None:
                return False
            live = await session.get("GET, to see the pace")
            await read_head(live, _PATIENCE_S, 0.0)
        else:
            live = await self._sessions[0].post(
                "tools/list, to see the pace",
                patience_s=self._visit.patience_s(_PATIENCE_S),
            )
        self._asked.append((pause_s, live))
        return live.exchange().accepted

    async def _wait(self, seconds: float) -> None:
        if self._goes_on:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._visit.cancel.wait(), seconds)

    @property
    def _goes_on(self) -> bool:
        return not (self._visit.cancel.is_set() or self._visit.wire.braked)
