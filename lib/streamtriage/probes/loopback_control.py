"""A stream of our own on loopback: whether tool and machine can hold one at all."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from streamtriage.model import ControlEvidence, End
from streamtriage.probes.context import Probe, in_stream

if TYPE_CHECKING:
    from streamtriage.transport.requester import LiveResponse, Wire

__all__ = ["PROBE", "run"]

_HEAD = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
    b"cache-control: no-store\r\nconnection: close\r\n\r\n: open\n\n"
)


async def run(
    wire: Wire,
    *,
    hold_s: float,
    cancel: asyncio.Event,
    least_s: float = 2.0,
    watched: asyncio.Event | None = None,
) -> ControlEvidence:
    """Hold a silent stream that nobody but this machine can cut.

    If it ends by itself, every end that the other probes saw is in doubt. `watched`
    tells that no other stream is held any more, beside which this one could be.
    """
    server = await asyncio.start_server(_serve, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        way = wire.elsewhere(f"http://127.0.0.1:{port}/", direct=True)
        live = await way.open("GET, control stream on this machine")
        await live.head(2.0, cancel)
        if live.recorder.status is not None:
            await _held(live, max(hold_s, least_s), cancel, watched)
        await live.close(End.CANCELLED if cancel.is_set() else End.WATCHED)
    return ControlEvidence(stream=live.exchange(), timeline=live.events)


async def _held(
    live: LiveResponse,
    seconds: float,
    cancel: asyncio.Event,
    watched: asyncio.Event | None,
) -> None:
    """Watch it for so long, or until no other one is watched."""
    watching = asyncio.create_task(live.watch(seconds, cancel))
    ending = asyncio.create_task((watched or asyncio.Event()).wait())
    try:
        await asyncio.wait({watching, ending}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (watching, ending):
            task.cancel()
        await asyncio.gather(watching, ending, return_exceptions=True)


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(_HEAD)
        await writer.drain()
        # Until the client leaves: nothing else is ever sent.
        await reader.read()
    except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        pass
    finally:
        writer.close()


PROBE = Probe(
    "control",
    "watch",
    "Holding a stream on this machine for comparison",
    in_stream,
    lambda visit: run(
        visit.wire,
        hold_s=visit.intake.hold_s,
        cancel=visit.cancel,
        watched=visit.watched,
    ),
)
