"""The real MCP server under every scenario: the official Python SDK."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import warnings
from typing import TYPE_CHECKING, Any

from streamtriage import __version__
from streamtriage.on_first_use import Later

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import mcp_types as types
    from mcp.server.lowlevel import Server
    from mcp.server.subscriptions import InMemorySubscriptionBus, ListenHandler
    from starlette.applications import Starlette
    from starlette.types import ASGIApp, Message, Receive, Scope, Send
else:
    # Whoever only lists the faults needs no server.
    types = Later("mcp_types")
    Server = Later("mcp.server.lowlevel", "Server")
    InMemorySubscriptionBus = Later(
        "mcp.server.subscriptions", "InMemorySubscriptionBus"
    )
    ListenHandler = Later("mcp.server.subscriptions", "ListenHandler")

__all__ = ["RestartingApp", "mcp_app", "running"]

# What the SDK says of its own refusals is the server's log; in a notebook it would land
# under whichever cell happens to run. Who wants it adds a handler.
logging.getLogger("mcp").addHandler(logging.NullHandler())


APART_S = 4.0


async def _list_tools(_context: Any, _params: Any) -> types.ListToolsResult:  # noqa: ANN401
    schema = {"type": "object", "properties": {}}
    return types.ListToolsResult(
        tools=[
            types.Tool(name="ping", description="Answers pong.", input_schema=schema)
        ]
    )


async def _call_tool(_context: Any, _params: Any) -> types.CallToolResult:  # noqa: ANN401
    return types.CallToolResult(content=[types.TextContent(type="text", text="pong")])


async def _ask_for_roots(context: Any, _params: Any) -> None:  # noqa: ANN401
    """Ask on the GET stream, as a server does that works on the client's roots."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        asking = asyncio.ensure_future(context.session.list_roots())
    asking.add_done_callback(lambda done: done.cancelled() or done.exception())


def mcp_app(
    *,
    stateless: bool = False,
    asks_roots: bool = False,
    listen: ListenHandler | None = None,
    **options: Any,  # noqa: ANN401
) -> Starlette:
    """Return a fresh MCP server with one harmless tool, at `/mcp`.

    `options` are those of the SDK's `streamable_http_app`.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        server: Server[Any] = Server(
            "streamtriage-lab",
            version=__version__,
            on_list_tools=_list_tools,
            on_call_tool=_call_tool,
            on_roots_list_changed=_ask_for_roots if asks_roots else None,
            on_subscriptions_listen=listen or ListenHandler(InMemorySubscriptionBus()),
        )
    return server.streamable_http_app(stateless_http=stateless, **options)


@contextlib.asynccontextmanager
async def running(app: Starlette) -> AsyncIterator[ASGIApp]:
    """Run the app's lifespan around its use."""
    async with app.router.lifespan_context(app):
        yield app


class RestartingApp:
    """The server, killed and started anew whenever a stream has been open for a while.

    Every connection that is being answered breaks off, and every session is forgotten:
    what a client sees of a process that crashed or was deployed again.
    """

    def __init__(self, after_s: float) -> None:
        self._after_s = after_s
        self._app: ASGIApp | None = None
        self._answering: set[asyncio.Task[None]] = set()
        self._restart = asyncio.Event()
        self._ready = asyncio.Event()
        self._restarted_s = float("-inf")

    async def run(self) -> None:
        """Run one generation of the server after the other, until cancelled."""
        while True:
            async with running(mcp_app()) as app:
                self._app = app
                self._ready.set()
                await self._restart.wait()
                self._ready.clear()
                self._restart.clear()
                for task in tuple(self._answering):
                    task.cancel()
                await asyncio.sleep(0.02)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._ready.wait()
        assert self._app is not None
        app = self._app

        async def started(message: Message) -> None:
            await send(message)
            is_get = scope.get("method") == "GET"
            if message["type"] == "http.response.start" and is_get:
                self._arm(message["status"], task)

        async def call() -> None:
            await app(scope, receive, started)

        task = asyncio.create_task(call())
        self._answering.add(task)
        try:
            await task
        except asyncio.CancelledError:
            # uvicorn closes a connection whose app failed in mid-response.
            raise ConnectionAbortedError("the server process ended") from None
        finally:
            self._answering.discard(task)

    def _arm(self, status: int, task: asyncio.Task[None]) -> None:
        if status == 200:
            loop = asyncio.get_running_loop()
            loop.call_later(self._after_s, self._fire, task)

    def _fire(self, task: asyncio.Task[None]) -> None:
        # A stream that was given up meanwhile restarts nothing; nor does one soon after
        # a restart, or each would end at the same age, as by a limit.
        now = asyncio.get_running_loop().time()
        if task in self._answering and now - self._restarted_s > APART_S:
            self._restarted_s = now
            self._restart.set()
