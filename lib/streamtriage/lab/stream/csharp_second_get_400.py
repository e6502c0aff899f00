"""The fault `csharp-second-get-400`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.lab.asgi import answer, header, is_http
from streamtriage.lab.scenario import Setup, fault

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send


__all__ = ["csharp_second_get_400"]


_CSHARP = (
    '{"error":{"code":-32000,"message":"Bad Request: This server does not support '
    "multiple GET requests. Start a new session or use Last-Event-ID header to "
    'resume."},"id":"","jsonrpc":"2.0"}'
)


@fault
def csharp_second_get_400() -> Setup:
    """Each session is given one stream for its whole life.

    The C# SDK with sessions: the flag that a GET was started is never reset.
    """

    def wrap(app: ASGIApp) -> ASGIApp:
        started: set[str] = set()

        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            session = header(scope, "mcp-session-id") if is_http(scope, "GET") else None
            if session in started:
                refusal = answer(400, _CSHARP, "application/json")
                await refusal(scope, receive, send)
                return

            async def learn(message: Message) -> None:
                if message.get("status") == 200 and session is not None:
                    started.add(session)
                await send(message)

            await app(scope, receive, learn)

        return wrapped

    return Setup(wrap=wrap)
