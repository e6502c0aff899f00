"""The fault `listen-flap`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from streamtriage.lab.scenario import Setup, fault
from streamtriage.lab.server import mcp_app
from streamtriage.lab.sessions import refuse_legacy
from streamtriage.on_first_use import Later

if TYPE_CHECKING:
    import mcp_types as types
    from mcp.server.context import ServerRequestContext
    from mcp.server.subscriptions import InMemorySubscriptionBus, ListenHandler
    from starlette.applications import Starlette
else:
    # Whoever only lists the faults needs no server.
    InMemorySubscriptionBus = Later(
        "mcp.server.subscriptions", "InMemorySubscriptionBus"
    )
    ListenHandler = Later("mcp.server.subscriptions", "ListenHandler")

__all__ = ["listen_flap"]


def _hasty() -> ListenHandler:
    from mcp.server.subscriptions import ListenHandler as Patient  # noqa: PLC0415

    class Hasty(Patient):
        """Acknowledges a subscription and ends it at once."""

        async def __call__(
            self,
            ctx: ServerRequestContext[Any, Any],
            params: types.SubscriptionsListenRequestParams,
        ) -> types.SubscriptionsListenResult:
            asyncio.get_running_loop().call_later(0.05, self.close)
            return await super().__call__(ctx, params)

    return Hasty(InMemorySubscriptionBus())


@fault
def listen_flap() -> Setup:
    """Every `subscriptions/listen` is acknowledged and ended at once.

    A serverless handler that returns: Claude Code before 2.1.233 listened again for
    ever.
    """

    def app() -> Starlette:
        return mcp_app(listen=_hasty())

    return Setup(app=app, wrap=refuse_legacy)
