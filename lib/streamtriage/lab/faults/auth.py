"""Faults in who may ask: credentials, scopes, and the metadata about them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from streamtriage.lab.asgi import answer, header, is_http, on_get
from streamtriage.lab.scenario import Setup, fault
from streamtriage.model import Intake

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = [
    "credential_bound_session",
    "get_401_but_server_has_no_stream",
    "insufficient_scope_403",
    "oauth_metadata_broken",
    "token_refresh_401_loop_v1",
]

_VARIABLE = "STREAMTRIAGE_LAB_TOKEN"
_SECOND = "STREAMTRIAGE_LAB_SECOND_TOKEN"
_NOT_FOUND = (
    '{"jsonrpc":"2.0","error":{"code":-32600,"message":"Session not found"},"id":null}'
)
_INVALID = '{"error":"invalid_token","error_description":"Authentication required"}'
_CHALLENGE = 'Bearer error="invalid_token", error_description="Authentication required"'


def _unauthorized() -> Response:
    return answer(401, _INVALID, "application/json", WWW_Authenticate=_CHALLENGE)


@fault
def token_refresh_401_loop_v1() -> Setup:
    """GET is answered 401 with the credential that POST accepts.

    A server that knows one kind of token by POST and another by GET (rustango#1314).
    """
    return Setup(
        wrap=on_get(_unauthorized),
        environ={_VARIABLE: "lab-token"},
        intake=Intake(auth_env=_VARIABLE),
    )


@fault
def credential_bound_session() -> Setup:
    """A session takes only the credential that it was opened with.

    The Python SDK since 1.27.2, where client, issuer and subject must stay the same.
    """
    return Setup(
        wrap=_bound,
        environ={_VARIABLE: "lab-token", _SECOND: "lab-second-token"},
        intake=Intake(auth_env=_VARIABLE, second_auth_env=_SECOND),
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


@fault
def get_401_but_server_has_no_stream() -> Setup:
    """A server without GET asks for a credential before it looks at the method.

    runpod-mcp#79: the auth middleware stands before the router.
    """

    def wrap(app: ASGIApp) -> ASGIApp:
        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            if is_http(scope, "GET"):
                await _unauthorized()(scope, receive, send)
            elif is_http(scope, "OPTIONS"):
                await answer(204, Allow="POST, DELETE")(scope, receive, send)
            else:
                await app(scope, receive, send)

        return wrapped

    return Setup(wrap=wrap)


@fault
def insufficient_scope_403() -> Setup:
    """The stream needs a scope that the token lacks.

    The challenge of the Python SDK's bearer middleware, on GET alone.
    """
    body = '{"error":"insufficient_scope","error_description":"Required scope: stream"}'
    challenge = (
        'Bearer error="insufficient_scope", scope="stream", '
        'error_description="Required scope: stream"'
    )
    return Setup(
        wrap=on_get(
            lambda: answer(403, body, "application/json", WWW_Authenticate=challenge)
        )
    )


@fault
def oauth_metadata_broken() -> Setup:
    """The metadata that the challenge names is about another URL.

    A server behind a TLS proxy that says http where clients say https, or the reverse
    (twenty#19838).
    """

    def wrap(app: ASGIApp) -> ASGIApp:
        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            if not is_http(scope):
                await app(scope, receive, send)
                return
            host = header(scope, "host") or ""
            if scope["path"].startswith("/.well-known/oauth-protected-resource"):
                document = {
                    "resource": f"https://{host}/mcp",
                    "authorization_servers": [f"https://{host}"],
                }
                reply = answer(200, json.dumps(document), "application/json")
            elif scope["path"].startswith("/.well-known/"):
                reply = answer(404, "Not Found")
            else:
                url = f"http://{host}/.well-known/oauth-protected-resource/mcp"
                reply = answer(
                    401,
                    _INVALID,
                    "application/json",
                    WWW_Authenticate=f'{_CHALLENGE}, resource_metadata="{url}"',
                )
            await reply(scope, receive, send)

        return wrapped

    return Setup(wrap=wrap)
