"""`initialize`, `notifications/initialized`, and one harmless POST."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from streamtriage.model import Exchange, HandshakeEvidence
from streamtriage.probes.context import Probe, answered
from streamtriage.protocol.messages import (
    MODERN_ERRORS,
    modern_headers,
    tools_list,
    words,
)
from streamtriage.redaction import label
from streamtriage.transport.mcp_session import Session

if TYPE_CHECKING:
    from streamtriage.transport.requester import LiveResponse, Wire

__all__ = ["PROBE", "run"]

# In the midst of a roll-out over two replicas, six asked by chance miss the older one
# once in 64 triages; in the last third of one over three, once in 11.
_OTHERS = 6
_APART_S = 0.003


async def run(wire: Wire, session: Session, *, modern: bool) -> HandshakeEvidence:
    """Open `session` and show that POST works, in the era that the server allows."""
    start = await session.initialize(trial=True)
    first = start.exchange()
    found = HandshakeEvidence(
        initialize=first,
        failure=first.failure,
        failure_detail=first.failure_detail,
        timeline=start.events,
    )
    if session.opened:
        return await _legacy(session, found)
    if first.status == 500:
        return await _again(wire, found)
    error = (start.recorder.reply or {}).get("error")
    if modern and first.jsonrpc_code in MODERN_ERRORS:
        data = error.get("data") if isinstance(error, dict) else None
        return await _modern(wire, found, data)
    return found


async def _again(wire: Wire, found: HandshakeEvidence) -> HandshakeEvidence:
    """Ask twice more: a server that fails once is not one that fails each time."""
    repeated: list[LiveResponse] = []
    events = list(found.timeline)
    for turn in ("second", "third"):
        session = Session(wire, f"handshake, {turn} time")
        repeated.append(await session.initialize())
        await session.end()
        events.extend(session.timeline)
    return found.model_copy(
        update={
            "again": tuple(each.exchange() for each in repeated),
            "timeline": tuple(events),
        }
    )


async def _legacy(session: Session, found: HandshakeEvidence) -> HandshakeEvidence:
    note = await session.notify_initialized()
    post = await session.post()
    server = session.result.get("serverInfo")
    info: dict[str, Any] = server if isinstance(server, dict) else {}
    return found.model_copy(
        update={
            "initialized": note.exchange(),
            "post": post.exchange(),
            "session_issued": session.id is not None,
            "session_label": label(session.id) if session.id else "",
            "revision": session.revision or "",
            "server_name": _text(info.get("name")),
            "server_version": _text(info.get("version")),
            "timeline": (*found.timeline, *note.events, *post.events),
        }
    )


def _text(value: object) -> str:
    return value[:2000] if isinstance(value, str) else ""


async def _modern(
    wire: Wire, found: HandshakeEvidence, data: object
) -> HandshakeEvidence:
    post = await wire.ask(
        "tools/list (revision 2026-07-28)",
        body=tools_list(modern=True),
        extra=modern_headers("tools/list"),
    )
    named = data.get("supported") if isinstance(data, dict) else None
    seen: Exchange = post.exchange()
    others = await _other_replicas(wire)
    return found.model_copy(
        update={
            "again": tuple(each.exchange() for each in others),
            "post": seen,
            "modern_only": True,
            "supported": words(named),
            "timeline": (
                *found.timeline,
                *post.events,
                *(event for each in others for event in each.events),
            ),
        }
    )


async def _other_replicas(wire: Wire) -> list[LiveResponse]:
    """Ask others behind the same address whether they are of an older revision.

    Each on a connection of its own, and one beside the other as in `replicas`; but not
    before the first one has its answer, for a server may have fallen silent.
    """

    async def greet(turn: int) -> LiveResponse:
        await asyncio.sleep(_APART_S * turn)
        session = Session(wire, f"handshake, replica {turn + 2}")
        response = await session.initialize(fresh=True)
        await session.end()
        return response

    first = await greet(0)
    if not first.exchange().answered:
        return [first]
    return [first, *await asyncio.gather(*map(greet, range(1, _OTHERS)))]


PROBE = Probe(
    "handshake",
    "greet",
    "Opening a session and sending a harmless POST",
    answered,
    lambda visit: run(visit.wire, visit.session, modern=visit.speaks_modern),
)
