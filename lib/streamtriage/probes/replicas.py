"""One session asked for on many fresh connections, to see whether all know it."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from streamtriage.model import Exchange, ReplicasEvidence
from streamtriage.probes.visit import in_session
from streamtriage.wire.messages import tools_list
from streamtriage.wire.session import Session, look_alike_id

if TYPE_CHECKING:
    from streamtriage.probes.visit import Visit
    from streamtriage.wire.exchange import LiveResponse

__all__ = ["needed", "run"]

# With two replicas and independent routing, eight tries miss the other one in 0.4 % of
# all triages (2^-8), five in 3 %.
TRIES = 8
_REFUSALS = (400, 404, 500, 502, 503)


def needed(visit: Visit) -> bool:
    """Run where a live session was refused, on any of our fresh connections.

    Until then every request of the other probes is such a try already. A GET may be
    refused for many reasons that have nothing to do with its session.
    """
    return (
        in_session(visit)
        and visit.session.id is not None
        and any(
            seen.session == "live"
            and seen.method == "POST"
            and seen.status in _REFUSALS
            for seen in visit.exchanges
        )
    )


async def run(visit: Visit, *, tries: int = TRIES) -> ReplicasEvidence:
    """Ask for one session one request after the other, each on a fresh connection.

    Between 6 and 37 requests: `tries`, as many again where the answers leave it open
    whether the session was lost in between, and as many with the cookies that
    `initialize` set, if any.
    """
    session = Session(visit.wire, "replicas")
    start = await session.initialize()
    if not session.opened or session.id is None:
        return ReplicasEvidence(
            skipped="No session could be opened.", timeline=start.events
        )
    asker = _Asker(visit, session)
    await session.notify_initialized()
    plain = await asker.ask(tries)
    if _steps(plain):
        plain += await asker.ask(tries)
    cookies = start.recorder.cookies
    kept: tuple[Exchange, ...] = ()
    if cookies and any(not seen.accepted for seen in plain):
        pairs = "; ".join(f"{name}={value}" for name, value in cookies.items())
        kept = await asker.ask(tries, {"cookie": pairs})
    malformed = await asker.bogus("malformed", "0")
    made_up = await asker.bogus("made-up", look_alike_id(session.id))
    await session.end()
    events = [
        e for each in (*session.responses, *asker.bogus_seen) for e in each.events
    ]
    redactor = visit.wire.redactor
    return ReplicasEvidence(
        asked=tries,
        without_cookies=plain,
        with_cookies=kept,
        cookies=tuple(redactor.text(name)[:80] for name in list(cookies)[:10]),
        malformed=malformed,
        made_up=made_up,
        timeline=tuple(sorted(events, key=lambda event: event.at_s)),
    )


def _steps(seen: tuple[Exchange, ...]) -> bool:
    """Tell whether the answers changed once only, as for a session that was lost."""
    accepted = [each.accepted for each in seen]
    return sum(a != b for a, b in pairwise(accepted)) == 1


class _Asker:
    def __init__(self, visit: Visit, session: Session) -> None:
        self._visit, self._session = visit, session
        self.bogus_seen: list[LiveResponse] = []

    async def ask(
        self, times: int, extra: dict[str, str] | None = None
    ) -> tuple[Exchange, ...]:
        seen: list[Exchange] = []
        for _ in range(times):
            if self._visit.cancel.is_set() or self._visit.wire.braked:
                break
            seen.append((await self._session.post(extra=extra)).exchange())
        return tuple(seen)

    async def bogus(self, kind: str, session_id: str) -> Exchange:
        live = await self._visit.wire.ask(
            f"POST tools/list, {kind} session (replicas)",
            session="made-up",
            session_id=session_id,
            revision=self._session.revision,
            body=tools_list(),
            patience_s=3.0,
        )
        self.bogus_seen.append(live)
        return live.exchange()
