"""Faults in revision 2026-07-28: its long stream, and servers between two eras."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from streamtriage.lab.asgi import answer, header, is_http
from streamtriage.lab.faults.session import refuse_legacy
from streamtriage.lab.scenario import Setup, fault
from streamtriage.lab.server import mcp_app
from streamtriage.model import Intake
from streamtriage.on_first_use import Later

if TYPE_CHECKING:
    import mcp_types as types
    from mcp.server.context import ServerRequestContext
    from mcp.server.subscriptions import InMemorySubscriptionBus, ListenHandler
    from starlette.applications import Starlette
    from starlette.types import ASGIApp, Receive, Scope, Send
else:
    # Whoever only lists the faults needs no server.
    InMemorySubscriptionBus = Later(
        "mcp.server.subscriptions", "InMemorySubscriptionBus"
    )
    ListenHandler = Later("mcp.server.subscriptions", "ListenHandler")

__all__ = [
    "era_mixed_replicas",
    "listen_flap",
    "listen_limit",
    "probe_breaks_legacy_server",
]


# The client of the TypeScript SDK 2.x in mode `auto` (probeClassifier.ts).
_NEGOTIATION = "Version negotiation failed: the server answered the probe with HTTP 500"


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


@fault
def listen_limit() -> Setup:
    """The server has no subscription left to give.

    The Python and TypeScript SDKs at their limit of 1024; here of 0.
    """

    def app() -> Starlette:
        bus = InMemorySubscriptionBus()
        return mcp_app(listen=ListenHandler(bus, max_subscriptions=0))

    return Setup(app=app, wrap=refuse_legacy)


@fault
def probe_breaks_legacy_server() -> Setup:
    """A server of an older revision answers 500 to a method that it does not know.

    A handler that takes each first request for `initialize` and fails on any other.
    """

    def wrap(app: ASGIApp) -> ASGIApp:
        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            asked = header(scope, "mcp-method") if is_http(scope, "POST") else None
            if asked is None:
                await app(scope, receive, send)
            else:
                await answer(500, "Internal Server Error")(scope, receive, send)

        return wrapped

    return Setup(wrap=wrap, intake=Intake(error=_NEGOTIATION))


@fault
def era_mixed_replicas() -> Setup:
    """Two of three replicas are already of revision 2026-07-28, one is not yet.

    A roll-out in progress behind a balancer that keeps sessions where they began.
    """

    def wrap(app: ASGIApp) -> ASGIApp:
        modern = refuse_legacy(app)
        starts = 0

        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            nonlocal starts
            chosen = app
            known = ("mcp-session-id", "mcp-protocol-version")
            begins = is_http(scope, "POST") and not any(header(scope, n) for n in known)
            if begins:
                chosen = modern if starts % 3 else app
                starts += 1
            await chosen(scope, receive, send)

        return wrapped

    return Setup(wrap=wrap)
