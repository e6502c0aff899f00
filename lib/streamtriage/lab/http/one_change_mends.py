"""The fault `one-change-mends`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.lab.asgi import answer, is_http
from streamtriage.lab.scenario import Setup, fault

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send


__all__ = ["one_change_mends"]


@fault
def one_change_mends() -> Setup:
    """`initialize` is refused for the newest revision, instead of offering an older.

    Servers that compare the revision with the one that they know.
    """
    return Setup(wrap=_older_only)


def _older_only(app: ASGIApp) -> ASGIApp:
    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        if not is_http(scope, "POST"):
            await app(scope, receive, send)
            return
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        if b'"initialize"' in body and b'"2025-11-25"' in body:
            await answer(422, "Unprocessable")(scope, receive, send)
            return

        async def again() -> Message:
            nonlocal body
            given, body = body, b""
            if given:
                return {"type": "http.request", "body": given, "more_body": False}
            return await receive()

        await app(scope, again, send)

    return wrapped
