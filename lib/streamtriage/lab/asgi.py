"""Wrappers that change exactly one thing in what an ASGI app says."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from streamtriage.on_first_use import Later

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from streamtriage.lab.scenario import Wrap
else:
    # Whoever only lists the faults needs no server.
    Response = Later("starlette.responses", "Response")

__all__ = [
    "answer",
    "header",
    "is_http",
    "is_stream",
    "keep_alive",
    "on_get",
    "on_open",
]


def is_http(scope: Scope, method: str = "") -> bool:
    """Tell whether this is an HTTP request, of one method if one is named."""
    return scope["type"] == "http" and method in ("", scope["method"])


def header(scope: Scope, name: str) -> str | None:
    """Return a request header's first value."""
    wanted = name.lower().encode()
    return next((v.decode() for n, v in scope["headers"] if n == wanted), None)


def answer(
    status: int, body: str = "", media_type: str = "text/plain", **headers: str
) -> Response:
    """Return a plain answer; keyword names become header names."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(body, status, named, media_type)


def on_get(reply: Callable[[], Response]) -> Wrap:
    """Answer every GET with `reply()` and leave the rest to the app."""

    def wrap(app: ASGIApp) -> ASGIApp:
        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            if is_http(scope, "GET"):
                await reply()(scope, receive, send)
            else:
                await app(scope, receive, send)

        return wrapped

    return wrap


def on_open(data: bytes) -> Wrap:
    """Send these bytes first on every GET stream."""

    def wrap(app: ASGIApp) -> ASGIApp:
        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            async def opened(message: Message) -> None:
                await send(message)
                if message["type"] == "http.response.start" and is_stream(message):
                    body = {"type": "http.response.body", "body": data}
                    await send({**body, "more_body": True})

            await app(scope, receive, opened if is_http(scope, "GET") else send)

        return wrapped

    return wrap


def keep_alive(
    every_s: float,
    text: Callable[[], str] = lambda: "keepalive",
    *,
    listen: bool = False,
) -> Wrap:
    """Send a comment at once and then every `every_s` seconds on a GET stream.

    With `listen` on that of `subscriptions/listen` too.
    """

    def wrap(app: ASGIApp) -> ASGIApp:
        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            named = header(scope, "mcp-method") if listen and is_http(scope) else None
            if not is_http(scope, "GET") and named != "subscriptions/listen":
                await app(scope, receive, send)
                return
            lock = asyncio.Lock()
            ticking: asyncio.Task[None] | None = None

            async def tick() -> None:
                while True:
                    comment = f": {text()}\r\n\r\n".encode()
                    async with lock:
                        await send(
                            {
                                "type": "http.response.body",
                                "body": comment,
                                "more_body": True,
                            }
                        )
                    await asyncio.sleep(every_s)

            async def watched(message: Message) -> None:
                nonlocal ticking
                async with lock:
                    await send(message)
                if message["type"] == "http.response.start" and is_stream(message):
                    ticking = asyncio.create_task(tick())

            try:
                await app(scope, receive, watched)
            finally:
                if ticking is not None:
                    ticking.cancel()

        return wrapped

    return wrap


def is_stream(message: Message) -> bool:
    """Tell whether this head begins an event stream."""
    return any(
        name.lower() == b"content-type" and value.startswith(b"text/event-stream")
        for name, value in message["headers"]
    )
