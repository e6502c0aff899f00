"""One session asked for on many fresh connections, to see whether all know it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from streamtriage.model import Exchange, ReplicasEvidence
from streamtriage.probes.context import Probe, in_session
from streamtriage.protocol.messages import tools_list
from streamtriage.transport.mcp_session import Session, look_alike_id

if TYPE_CHECKING:
    from streamtriage.probes.context import Visit
    from streamtriage.transport.requester import LiveResponse

__all__ = ["PROBE", "needed", "run"]

# With two replicas and independent routing, eight tries miss the other one in 0.4 % of
# all triages (2^-8), seven in 0.8 %, five in 3 %.
TRIES = 8
# Where no stream is offered, a triage takes one connection beside these: eight in all.
TRIES_WITHOUT_STREAMS = 7
# Workers that share a socket race for each connection, and the one that is idle wins.
# So the next one is opened while the last one keeps its worker busy. Of 40 rounds with
# gunicorn's two workers one took all eight in 12 at 1 ms apart, in none at 3 ms, in 1
# at 6 ms; and one by one for whole triages.
APART_S = 0.003
PATIENCE_S = 3.0
_REFUSALS = (400, 404, 500, 502, 503)


def needed(visit: Visit) -> bool:
    """Run where there are sessions: who asks one by one may meet one worker only."""
    return in_session(visit) and visit.session.id is not None


async def run(visit: Visit) -> ReplicasEvidence:
    """Ask for one session again and again, each time on a fresh connection.

    11 requests where all is accepted, and at most 45: a round of `tries` that overlap;
    where one was refused, here or before, another round, and a third one where all
    answers of the second were of one kind; and as many with the cookies that
    `initialize` set, if any.
    """
    alone = visit.has_no_stream and visit.wire.kept.state == "works"
    tries = TRIES_WITHOUT_STREAMS if alone else TRIES
    # Of what had ended when this began: what runs beside it ends as chance has it.
    before = _refused(visit)
    session = Session(visit.wire, "replicas")
    start = await session.initialize()
    if not session.opened or session.id is None:
        return ReplicasEvidence(
            skipped="No session could be opened.", timeline=start.events
        )
    asker = _Asker(visit, session)
    await asker.notify()
    plain = await asker.ask(tries, apart_s=APART_S)
    if not all(seen.accepted for seen in plain) or before:
        later = await asker.ask(tries, apart_s=2 * APART_S)
        if len({seen.accepted for seen in later}) == 1:
            later += await asker.ask(tries, apart_s=APART_S)
        plain += later
    cookies = start.recorder.cookies
    kept: tuple[Exchange, ...] = ()
    if cookies and any(not seen.accepted for seen in plain):
        pairs = "; ".join(f"{name}={value}" for name, value in cookies.items())
        kept = await asker.ask(tries, extra={"cookie": pairs})
    malformed = made_up = None
    if len(plain) > tries:
        malformed = await asker.bogus("malformed", "0")
        made_up = await asker.bogus("made-up", look_alike_id(session.id))
    await session.end()
    events = [
        e for each in (*session.responses, *asker.bogus_seen) for e in each.events
    ]
    return ReplicasEvidence(
        asked=tries,
        without_cookies=plain,
        with_cookies=kept,
        cookies=tuple(cookies)[:10],
        malformed=malformed,
        made_up=made_up,
        timeline=tuple(sorted(events, key=lambda event: event.at_s)),
    )


def _refused(visit: Visit) -> bool:
    """Tell whether a live session was refused before, on any of our connections.

    A GET may be refused for many reasons that have nothing to do with its session.
    """
    return any(
        seen.session == "live" and seen.method == "POST" and seen.status in _REFUSALS
        for seen in visit.exchanges
    )


class _Asker:
    def __init__(self, visit: Visit, session: Session) -> None:
        self._visit, self._session = visit, session
        self.bogus_seen: list[LiveResponse] = []

    async def notify(self) -> None:
        """Tell the replica that knows the session that it is initialized.

        Until it has heard so it may leave every question in the session open.
        """
        for turn in range(TRIES):
            # A kept connection leads to the same one each time.
            sent = await self._session.notify_initialized(fresh=turn > 0)
            told = sent.exchange()
            if told.accepted or self._visit.wire.braked:
                return

    async def ask(
        self, times: int, *, apart_s: float = 0.0, extra: dict[str, str] | None = None
    ) -> tuple[Exchange, ...]:
        """Ask so often; `apart_s` after each other, or 0 for one after the other."""
        if not apart_s:
            answers = [await self._ask(turn, 0.0, extra) for turn in range(times)]
        else:
            asking = (self._ask(turn, apart_s * turn, extra) for turn in range(times))
            answers = await asyncio.gather(*asking)
        return tuple(seen for seen in answers if seen is not None)

    async def _ask(
        self, turn: int, after_s: float, extra: dict[str, str] | None
    ) -> Exchange | None:
        await asyncio.sleep(after_s)
        if self._visit.cancel.is_set() or self._visit.wire.braked:
            return None
        # Requests that overlap in one session are told apart by their ids.
        body = tools_list() | {"id": turn + 2}
        patience_s = self._visit.patience_s(PATIENCE_S)
        live = await self._session.post(
            body=body, extra=extra, patience_s=patience_s, fresh=True
        )
        return live.exchange()

    async def bogus(self, kind: str, session_id: str) -> Exchange:
        live = await self._visit.wire.ask(
            f"POST tools/list, {kind} session (replicas)",
            session="made-up",
            session_id=session_id,
            revision=self._session.revision,
            body=tools_list(),
            patience_s=self._visit.patience_s(PATIENCE_S),
        )
        self.bogus_seen.append(live)
        return live.exchange()


PROBE = Probe(
    "replicas",
    "follow",
    "Asking for one session on many fresh connections",
    needed,
    run,
    in_turn=True,
    # Where streams are held, a burst beside them may be what is refused.
    with_asked=lambda visit: visit.is_slow_without_stream,
)
