"""The fault `modern-only-server`."""

from __future__ import annotations

from streamtriage.lab.scenario import Setup, fault
from streamtriage.lab.sessions import refuse_legacy
from streamtriage.model import Intake

__all__ = ["modern_only_server"]


_V1_TEXT = (
    "Failed to reconnect SSE stream: Streamable HTTP error: "
    "Failed to open SSE stream: Method Not Allowed"
)


@fault
def modern_only_server() -> Setup:
    """The server speaks only revision 2026-07-28, and the client an older one.

    `createMcpHandler` of the TypeScript SDK 2.x with `legacy: 'reject'`.
    """
    return Setup(wrap=refuse_legacy, intake=Intake(error=_V1_TEXT))
