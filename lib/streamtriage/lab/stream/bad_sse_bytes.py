"""The fault `bad-sse-bytes`."""

from __future__ import annotations

from streamtriage.lab.asgi import (
    keep_alive,
    on_open,
)
from streamtriage.lab.scenario import Setup, chain, fault

__all__ = ["bad_sse_bytes"]


@fault
def bad_sse_bytes() -> Setup:
    """A line that is not JSON-RPC is written on the stream as if it were a message.

    A framework's `undefined`, or a log line of the server's own.
    """
    return Setup(wrap=chain(keep_alive(0.5), on_open(b"data: undefined\r\n\r\n")))
