"""Whether a stream can be taken up again after an event that was received."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING, Literal

from streamtriage.model import Exchange, ResumeEvidence
from streamtriage.probes.context import Probe, in_session
from streamtriage.transport.mcp_session import Session
from streamtriage.transport.reopen import read_head

if TYPE_CHECKING:
    from streamtriage.probes.context import Visit
    from streamtriage.transport.response import LiveResponse

__all__ = ["PROBE", "needed", "run"]

_GLANCE_S = 0.5
# As the reference client waits before its first try.
_WAIT_S = 1.0
# Servers take 8 KiB of headers and more; ids of real ones are below 100 bytes.
_ID_LIMIT = 1024


def needed(visit: Visit) -> bool:
    """Run where some event carried an id; no other id is ever sent."""
    return in_session(visit) and any(seen.event_ids for seen in visit.exchanges)


async def run(visit: Visit, *, patience_s: float = 3.0) -> ResumeEvidence:
    """Receive an event id, then send the same GET without it and twice with it.

    Seven or eight requests, and two more where a server is slow to notice an end. The
    id is the first that came on the GET stream, or else the first on the answer to a
    POST, where it is known how many events followed.
    """
    session = Session(visit.wire, "resume")
    if not await session.open():
        return ResumeEvidence(skipped="No session could be opened.")
    plain = await session.get("GET, to be resumed")
    await read_head(plain, patience_s, _GLANCE_S)
    await plain.close()
    source: Literal["", "get", "post"] = "get"
    expected: int | None = None
    event_id = _sendable(plain.recorder.first_event_id)
    if event_id is None:
        post = await session.post()
        event_id = _sendable(post.recorder.first_event_id)
        source = "post"
        expected = post.exchange().event_ids - 1
    resumed = await _resumed(session, event_id, patience_s) if event_id else ()
    await session.end()
    return ResumeEvidence(
        source=source if event_id else "",
        expected=expected if event_id else None,
        plain=plain.exchange(),
        resumed=resumed,
        timeline=session.timeline,
    )


def _sendable(event_id: str | None) -> str | None:
    """Return an id that a header field can carry (RFC 9110, 5.5), else None.

    fetch refuses any other, so no client sends it.
    """
    if event_id is None or not 0 < len(event_id) <= _ID_LIMIT:
        return None
    plain = event_id.isprintable() and all(char <= "\xff" for char in event_id)
    return event_id if plain and event_id == event_id.strip() else None


async def _resumed(
    session: Session, event_id: str, patience_s: float
) -> tuple[Exchange, ...]:
    seen: list[Exchange] = []
    for turn in ("first", "second"):
        live = await _get(session, turn, event_id, patience_s)
        if live.recorder.status == HTTPStatus.CONFLICT:
            # The stream before was closed a moment ago, which a server may not know
            # yet; a client waits so long before it asks again.
            await asyncio.sleep(_WAIT_S)
            live = await _get(session, turn, event_id, patience_s)
        seen.append(live.exchange())
    return tuple(seen)


async def _get(
    session: Session, turn: str, event_id: str, patience_s: float
) -> LiveResponse:
    live = await session.get(
        f"GET with Last-Event-ID, {turn} time", extra={"last-event-id": event_id}
    )
    await read_head(live, patience_s, _GLANCE_S)
    await live.close()
    return live


PROBE = Probe(
    "resume",
    "follow",
    "Taking a stream up again after an event",
    needed,
    run,
)
