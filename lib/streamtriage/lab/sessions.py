"""Sessions that the lab forgets or refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.lab.asgi import answer, header, is_http

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from streamtriage.lab.scenario import Wrap

__all__ = ["SESSION_NOT_FOUND", "forget_sessions", "refuse_legacy", "refuse_unknown"]


_LEGACY = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25")
SESSION_NOT_FOUND = (
    '{"jsonrpc":"2.0","error":{"code":-32001,"message":"Session not found"},"id":null}'
)


def forget_sessions(method: str) -> Wrap:
    """Forget all sessions at each DELETE, or at each POST without a session."""

    def wrap(app: ASGIApp) -> ASGIApp:
        known: set[str] = set()

        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            session = header(scope, "mcp-session-id") if is_http(scope) else None
            if session is not None and session not in known:
                await answer(404, SESSION_NOT_FOUND, "application/json")(
                    scope, receive, send
                )
                return
            ending = is_http(scope, method) and (session is None) == (method == "POST")

            async def learn(message: Message) -> None:
                if message["type"] == "http.response.start":
                    issued = [
                        value.decode()
                        for name, value in message["headers"]
                        if name.lower() == b"mcp-session-id"
                    ]
                    if ending and (issued or session is not None):
                        known.clear()
                    if session is None:
                        known.update(issued)
                await send(message)

            await app(scope, receive, learn)

        return wrapped

    return wrap


def refuse_unknown(reply: Callable[[], Response]) -> Wrap:
    """Answer with `reply()` where a session id was sent that the app never issued."""

    def wrap(app: ASGIApp) -> ASGIApp:
        known: set[str] = set()

        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            session = header(scope, "mcp-session-id") if is_http(scope) else None
            if session is not None and session not in known:
                await reply()(scope, receive, send)
                return
            if session is not None and is_http(scope, "DELETE"):
                known.discard(session)

            async def learn(message: Message) -> None:
                if message["type"] == "http.response.start":
                    known.update(
                        value.decode()
                        for name, value in message["headers"]
                        if name.lower() == b"mcp-session-id"
                    )
                await send(message)

            await app(scope, receive, send if session is not None else learn)

        return wrapped

    return wrap


def refuse_legacy(app: ASGIApp) -> ASGIApp:
    """Answer 405 to GET and DELETE, and -32022 to what older revisions say."""

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        if not is_http(scope):
            await app(scope, receive, send)
        elif scope["method"] != "POST":
            await answer(405, Allow="POST")(scope, receive, send)
        elif header(scope, "mcp-protocol-version") in (None, *_LEGACY):
            body = (
                '{"jsonrpc":"2.0","id":1,"error":{"code":-32022,"message":'
                '"Unsupported protocol version","data":{"supported":["2026-07-28"]}}}'
            )
            await answer(400, body, "application/json")(scope, receive, send)
        else:
            await app(scope, receive, send)

    return wrapped
