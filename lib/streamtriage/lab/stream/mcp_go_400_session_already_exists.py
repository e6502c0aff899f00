"""The fault `mcp-go-400-session-already-exists`."""

from __future__ import annotations

from streamtriage.lab.asgi import answer
from streamtriage.lab.conflicts import instead_of_409
from streamtriage.lab.scenario import Setup, fault
from streamtriage.lab.tcp_relay import Relay, RelayRules

__all__ = ["mcp_go_400_session_already_exists"]


@fault
def mcp_go_400_session_already_exists() -> Setup:
    """The old stream is still counted, and a new one refused with 400.

    mcp-go without a heartbeat, behind a proxy that keeps its side open.
    """
    text = "Session registration failed: session already exists"
    return Setup(
        wrap=instead_of_409(lambda: answer(400, text)),
        relay=Relay(RelayRules(keep_upstream=True)),
    )
