"""The fault `get-401-but-server-has-no-stream`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.lab.asgi import answer, is_http
from streamtriage.lab.challenges import answer_401
from streamtriage.lab.scenario import Setup, fault

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = ["get_401_but_server_has_no_stream"]


@fault
def get_401_but_server_has_no_stream() -> Setup:
    """A server without GET asks for a credential before it looks at the method.

    runpod-mcp#79: the auth middleware stands before the router.
    """

    def wrap(app: ASGIApp) -> ASGIApp:
        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            if is_http(scope, "GET"):
                await answer_401()(scope, receive, send)
            elif is_http(scope, "OPTIONS"):
                await answer(204, Allow="POST, DELETE")(scope, receive, send)
            else:
                await app(scope, receive, send)

        return wrapped

    return Setup(wrap=wrap)
