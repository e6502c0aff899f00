"""The fault `credential-bound-session`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.lab.asgi import answer, header, is_http
from streamtriage.lab.challenges import LAB_VARIABLE
from streamtriage.lab.scenario import Setup, fault
from streamtriage.model import Intake

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["credential_bound_session"]


_SECOND = "STREAMTRIAGE_LAB_SECOND_TOKEN"
_NOT_FOUND = (
    '{"jsonrpc":"2.0","error":{"code":-32600,"message":"Session not found"},"id":null}'
)


@fault
def credential_bound_session() -> Setup:
    """A session takes only the credential that it was opened with.

    The Python SDK since 1.27.2, where client, issuer and subject must stay the same.
    """
    return Setup(
        wrap=_bound,
        environ={LAB_VARIABLE: "lab-token", _SECOND: "lab-second-token"},
        intake=Intake(auth_env=LAB_VARIABLE, second_auth_env=_SECOND),
    )


def _bound(app: ASGIApp) -> ASGIApp:
    """Answer 404 where a session is used with another credential than its own."""
    owners: dict[str, str | None] = {}

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        session = header(scope, "mcp-session-id") if is_http(scope) else None
        credential = header(scope, "authorization") if is_http(scope) else None
        if session in owners and owners[session] != credential:
            await answer(404, _NOT_FOUND, "application/json")(scope, receive, send)
            return

        async def learn(message: Message) -> None:
            if message["type"] == "http.response.start":
                for name, value in message["headers"]:
                    if name.lower() == b"mcp-session-id":
                        owners.setdefault(value.decode(), credential)
            await send(message)

        await app(scope, receive, learn)

    return wrapped
