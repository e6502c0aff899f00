"""Opening the stream again after our own FIN and after our own RST."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Literal

from streamtriage.model import Event, ReopenEvidence, Reopening
from streamtriage.probes.context import Probe, in_stream
from streamtriage.reference_client.predict import schedule
from streamtriage.transport.mcp_session import Session
from streamtriage.transport.reopen import read_head, reopen

if TYPE_CHECKING:
    from streamtriage.transport.requester import Wire

__all__ = ["PROBE", "run"]


async def run(
    wire: Wire,
    *,
    head_patience_s: float | None = None,
    cancel: asyncio.Event | None = None,
    one_by_one: bool = False,
) -> ReopenEvidence:
    """Open a stream, end it from our side, and open it again: at once, +1.0 s, +2.5 s.

    RST is the nearest thing to a client that vanished which needs no privileges; a
    client whose packets simply stop coming is not imitated. `one_by_one` needs a single
    connection where no stream is opened.
    """
    patience_s = head_patience_s or wire.head_patience_s
    by_fin = _cycle(wire, "client-fin", patience_s, cancel)
    by_rst = _cycle(wire, "client-rst", patience_s, cancel)
    if one_by_one:
        (closed, log), (vanished, more) = await by_fin, await by_rst
    else:
        (closed, log), (vanished, more) = await asyncio.gather(by_fin, by_rst)
    timeline = sorted((*log, *more), key=lambda event: event.at_s)
    return ReopenEvidence(
        after_close=closed, after_vanish=vanished, timeline=tuple(timeline)
    )


async def _cycle(
    wire: Wire,
    ended_by: Literal["client-fin", "client-rst"],
    patience_s: float,
    cancel: asyncio.Event | None,
) -> tuple[Reopening | None, tuple[Event, ...]]:
    session = Session(wire, "close" if ended_by == "client-fin" else "vanish")
    found = None
    if await session.open():
        found = await _close_and_reopen(session, ended_by, patience_s, cancel)
    await session.end()
    return found, session.timeline


async def _close_and_reopen(
    session: Session,
    ended_by: Literal["client-fin", "client-rst"],
    patience_s: float,
    cancel: asyncio.Event | None,
) -> Reopening:
    live = await session.get("GET to be ended by us")
    await read_head(live, patience_s)
    ended_itself = live.finished
    if ended_by == "client-fin":
        await live.close()
    else:
        await live.vanish()
    first = live.exchange()
    if not first.is_event_stream:
        return Reopening(ended_by=ended_by, first=first)
    return await reopen(
        session,
        first,
        "server" if ended_itself else ended_by,
        (0.0, *schedule()),
        patience_s,
        cancel=cancel,
    )


PROBE = Probe(
    "reopen",
    "ask",
    "Ending the stream and opening it again",
    in_stream,
    lambda visit: run(visit.wire, cancel=visit.cancel, one_by_one=visit.one_by_one),
    in_turn=True,
)
