"""Faults in how a server takes a second GET of the same session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.lab.asgi import answer, header, is_http
from streamtriage.lab.relay import Relay, RelayRules
from streamtriage.lab.scenario import Setup, fault
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
    "csharp_second_get_400",
    "hidden_409_instant_close",
    "mcp_go_400_session_already_exists",
]

_CSHARP = (
    '{"error":{"code":-32000,"message":"Bad Request: This server does not support '
    "multiple GET requests. Start a new session or use Last-Event-ID header to "
    'resume."},"id":"","jsonrpc":"2.0"}'
)


def _instead_of_409(reply: Callable[[], Response]) -> Wrap:
    """Answer with `reply()` where the SDK says that a stream is open already."""

    def wrap(app: ASGIApp) -> ASGIApp:
        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            conflict = False

            async def other(message: Message) -> None:
                nonlocal conflict
                if message["type"] == "http.response.start":
                    conflict = message["status"] == 409
                if not conflict:
                    await send(message)

            await app(scope, receive, other if is_http(scope, "GET") else send)
            if conflict:
                await reply()(scope, receive, send)

        return wrapped

    return wrap


@fault
def mcp_go_400_session_already_exists() -> Setup:
    """The old stream is still counted, and a new one refused with 400.

    mcp-go without a heartbeat, behind a proxy that keeps its side open.
    """
    text = "Session registration failed: session already exists"
    return Setup(
        wrap=_instead_of_409(lambda: answer(400, text)),
        relay=Relay(RelayRules(keep_upstream=True)),
    )


@fault
def hidden_409_instant_close() -> Setup:
    """The old stream is still counted, and a new one opened and ended at once.

    The Kotlin SDK (kotlin-sdk#715), behind a proxy that keeps its side open, for 1.5 s.
    """

    def empty() -> Response:
        return Response(b"", 200, media_type="text/event-stream")

    return Setup(
        wrap=_instead_of_409(empty),
        relay=Relay(RelayRules(keep_upstream=True, keep_s=1.5)),
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
