"""What the lab says in place of 409."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.lab.asgi import is_http
from streamtriage.on_first_use import Later

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from streamtriage.lab.scenario import Wrap
else:
    # Whoever only lists the faults needs no server.
    Response = Later("starlette.responses", "Response")

__all__ = ["instead_of_409"]


def instead_of_409(reply: Callable[[], Response]) -> Wrap:
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
