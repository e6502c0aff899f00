"""The fault `listen-limit`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.lab.scenario import Setup, fault
from streamtriage.lab.server import mcp_app
from streamtriage.lab.sessions import refuse_legacy
from streamtriage.on_first_use import Later

if TYPE_CHECKING:
    from mcp.server.subscriptions import InMemorySubscriptionBus, ListenHandler
    from starlette.applications import Starlette
else:
    # Whoever only lists the faults needs no server.
    InMemorySubscriptionBus = Later(
        "mcp.server.subscriptions", "InMemorySubscriptionBus"
    )
    ListenHandler = Later("mcp.server.subscriptions", "ListenHandler")

__all__ = ["listen_limit"]


@fault
def listen_limit() -> Setup:
    """The server has no subscription left to give.

    The Python and TypeScript SDKs at their limit of 1024; here of 0.
    """

    def app() -> Starlette:
        bus = InMemorySubscriptionBus()
        return mcp_app(listen=ListenHandler(bus, max_subscriptions=0))

    return Setup(app=app, wrap=refuse_legacy)
