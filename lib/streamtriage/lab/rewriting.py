"""Responses that the lab changes on their way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.lab.asgi import is_http, is_stream

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from streamtriage.lab.scenario import Wrap

__all__ = ["rewriting"]


def rewriting(change: Callable[[bytes], bytes]) -> Wrap:
    """Change the body of each answer to a POST that is no stream."""

    def wrap(app: ASGIApp) -> ASGIApp:
        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            start: Message | None = None
            body = b""

            async def changed(message: Message) -> None:
                nonlocal start, body
                if message["type"] == "http.response.start" and not is_stream(message):
                    start = message
                    return
                if start is None:
                    await send(message)
                    return
                body += message.get("body", b"")
                if message.get("more_body"):
                    return
                body = change(body)
                headers = [
                    (n, v) for n, v in start["headers"] if n != b"content-length"
                ]
                headers.append((b"content-length", str(len(body)).encode()))
                await send({**start, "headers": headers})
                await send({"type": "http.response.body", "body": body})

            await app(scope, receive, changed if is_http(scope, "POST") else send)

        return wrapped

    return wrap
