"""The fault `oversize-sse-frame`."""

from __future__ import annotations

from streamtriage.lab.asgi import (
    keep_alive,
    on_open,
)
from streamtriage.lab.scenario import Setup, chain, fault
from streamtriage.model import Intake

__all__ = ["oversize_sse_frame"]


@fault
def oversize_sse_frame(size: int = 17_000_000) -> Setup:
    """One message on the stream is larger than the client takes.

    Claude Code ends a stream at the first frame above 16 MB.
    """
    blob = b"a" * size
    frame = (
        b'data: {"jsonrpc":"2.0","method":"notifications/message","params":{"data":"'
        + blob
        + b'"}}\r\n\r\n'
    )
    return Setup(
        wrap=chain(keep_alive(0.5), on_open(frame)),
        intake=Intake(client="Claude Code"),
    )
