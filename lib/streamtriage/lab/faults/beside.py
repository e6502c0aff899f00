"""Faults in what a server takes beside a stream, or a session, that is held."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from streamtriage.lab.asgi import answer, header, is_http, is_stream
from streamtriage.lab.endings import QUIET_S, run_until
from streamtriage.lab.relay import Relay, RelayRules
from streamtriage.lab.scenario import Setup, fault

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = [
    "limit_counts_open_streams",
    "one_session_only",
    "one_transport_for_all",
    "post_ends_stream",
    "posts_wait_for_stream",
    "server_fell_silent",
    "server_gone_meanwhile",
    "two_framings",
]

_HAPROXY_503 = (
    "<html><body><h1>503 Service Unavailable</h1>\nNo server is available to handle "
    "this request.\n</body></html>\n"
)
_CONFLICT = (
    '{"jsonrpc":"2.0","error":{"code":-32000,"message":"Conflict: Only one SSE stream '
    'is allowed per session"},"id":null}'
)
_CONNECTED = (
    '{"jsonrpc":"2.0","error":{"code":-32603,"message":"Already connected to a '
    'transport. Call close() before connecting to a new transport."},"id":null}'
)
# Longer than the patience with which a silence is told, so that it lasts for one run.
_SILENT_S = 15.0


@fault
def posts_wait_for_stream() -> Setup:
    """Every request passes one lock, and an open GET stream keeps it.

    Servers that serve one request after the other, or by one synchronous worker.
    """

    def wrap(app: ASGIApp) -> ASGIApp:
        lock = asyncio.Lock()

        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            if not is_http(scope):
                await app(scope, receive, send)
                return
            async with lock:
                await app(scope, receive, send)

        return wrapped

    return Setup(wrap=wrap)


@fault
def post_ends_stream() -> Setup:
    """Each POST ends the stream of its session.

    A server that makes a transport for each POST and closes the one before.
    """

    def wrap(app: ASGIApp) -> ASGIApp:
        streams: dict[str | None, asyncio.Event] = {}

        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            session = header(scope, "mcp-session-id") if is_http(scope) else None
            if is_http(scope, "POST") and session in streams:
                streams.pop(session).set()
            if not (is_http(scope, "GET") and session is not None):
                await app(scope, receive, send)
                return
            over = asyncio.Event()

            async def started(message: Message) -> None:
                await send(message)
                if message["type"] == "http.response.start" and is_stream(message):
                    streams[session] = over

            await run_until(app, scope, receive, started, over, clean=True)

        return wrapped

    return Setup(wrap=wrap)


@fault
def limit_counts_open_streams(wait_s: float = 1.2) -> Setup:
    """A balancer lets one connection at a time through, and a stream is one.

    HAProxy's `maxconn` of a server, reached by open streams; others wait in its queue
    for `timeout queue`, here 1.2 s, and get its 503.
    """

    def wrap(app: ASGIApp) -> ASGIApp:
        room = asyncio.Semaphore(1)

        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            if not is_http(scope):
                await app(scope, receive, send)
                return
            try:
                await asyncio.wait_for(room.acquire(), wait_s)
            except TimeoutError:
                page = answer(503, _HAPROXY_503, "text/html")
                await page(scope, receive, send)
                return
            try:
                await app(scope, receive, send)
            finally:
                room.release()

        return wrapped

    return Setup(wrap=wrap)


@fault
def one_session_only() -> Setup:
    """The server takes a second session only when the first one has ended.

    One McpServer object for all sessions (TypeScript SDK 1.26 and its like).
    """

    def wrap(app: ASGIApp) -> ASGIApp:
        alive: set[str] = set()
        asked = time.monotonic()

        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            nonlocal asked
            if not is_http(scope):
                await app(scope, receive, send)
                return
            now = time.monotonic()
            if now - asked > QUIET_S:
                alive.clear()
            asked = now
            session = header(scope, "mcp-session-id")
            if is_http(scope, "POST") and session is None and alive:
                refusal = answer(500, _CONNECTED, "application/json")
                await refusal(scope, receive, send)
                return

            async def learn(message: Message) -> None:
                # The SDK names a session in some of its refusals, too.
                if message["type"] == "http.response.start" and (
                    message["status"] == 200
                ):
                    alive.update(
                        value.decode()
                        for name, value in message["headers"]
                        if name.lower() == b"mcp-session-id" and session is None
                    )
                await send(message)

            await app(scope, receive, learn)
            if is_http(scope, "DELETE") and session is not None:
                alive.discard(session)

        return wrapped

    return Setup(wrap=wrap)


@fault
def one_transport_for_all() -> Setup:
    """One transport without session ids has one stream for all clients.

    @hono/mcp as its README shows it.
    """

    def wrap(app: ASGIApp) -> ASGIApp:
        taken = False

        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            nonlocal taken
            if not is_http(scope, "GET"):
                await app(scope, receive, send)
                return
            if taken:
                await answer(409, _CONFLICT, "application/json")(scope, receive, send)
                return
            taken = True
            try:
                await app(scope, receive, send)
            finally:
                taken = False

        return wrapped

    return Setup(stateless=True, wrap=wrap)


@fault
def server_fell_silent(after_s: float = 1.5) -> Setup:
    """From some moment on the server answers nobody any more.

    A call that blocks its only thread, here 1.5 s after the first stream; it is well
    again when it was left alone for 15 s.
    """

    def wrap(app: ASGIApp) -> ASGIApp:
        stuck = asyncio.Event()
        timer: asyncio.TimerHandle | None = None
        asked = time.monotonic()

        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            nonlocal asked
            if not is_http(scope):
                await app(scope, receive, send)
                return
            now = time.monotonic()
            if stuck.is_set() and now - asked > _SILENT_S:
                stuck.clear()
            asked = now
            if stuck.is_set():
                while (await receive())["type"] != "http.disconnect":
                    pass
                return

            async def started(message: Message) -> None:
                nonlocal timer
                await send(message)
                opened = message["type"] == "http.response.start" and is_stream(message)
                if opened and scope["method"] == "GET" and timer is None:
                    loop = asyncio.get_running_loop()
                    timer = loop.call_later(after_s, go)

            def go() -> None:
                nonlocal timer
                timer = None
                stuck.set()

            await app(scope, receive, started)

        return wrapped

    return Setup(wrap=wrap, needs_hold_s=4.0)


@fault
def server_gone_meanwhile() -> Setup:
    """The server's process ends while it is being asked, and nobody starts it again.

    A crash without a supervisor, here 1.5 s after the first stream. The lab listens
    again after 25 s, so that it can be tried once more.
    """
    return Setup(relay=Relay(RelayRules(gone_after_s=1.5)), needs_hold_s=4.0)


@fault
def two_framings() -> Setup:
    """Answers bear Content-Length and Transfer-Encoding together.

    A bridge that copies the headers of one answer to another (honojs/node-server#270).
    """
    return Setup(relay=Relay(RelayRules(length_beside_chunks=True)))
