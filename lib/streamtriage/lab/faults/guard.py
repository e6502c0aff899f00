"""Faults in what a guard before the server thinks of a request's headers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.lab.asgi import answer, header, is_http
from streamtriage.lab.scenario import Setup, fault
from streamtriage.model import Intake
from streamtriage.on_first_use import Later

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcp.server.transport_security import TransportSecuritySettings
    from starlette.middleware.cors import CORSMiddleware
    from starlette.responses import Response
    from starlette.types import ASGIApp, Receive, Scope, Send

    from streamtriage.lab.scenario import Wrap
else:
    # Whoever only lists the faults needs no server.
    CORSMiddleware = Later("starlette.middleware.cors", "CORSMiddleware")
    TransportSecuritySettings = Later(
        "mcp.server.transport_security", "TransportSecuritySettings"
    )

__all__ = [
    "accept_406",
    "cors_preflight",
    "host_403",
    "host_421",
    "origin_403",
    "protocol_version_header_400",
    "waf_bot_403",
    "wrong_content_type_415_on_get",
]

_INSPECTOR = Intake(client="MCP Inspector")
_CHALLENGE_PAGE = (
    '<!DOCTYPE html><html lang="en-US"><head><title>Just a moment...</title></head>'
    "<body>Enable JavaScript and cookies to continue</body></html>"
)


def refuse_if(
    refused: Callable[[Scope], bool], reply: Callable[[Scope], Response]
) -> Wrap:
    """Answer with `reply` the requests that are `refused`; pass on the others."""

    def wrap(app: ASGIApp) -> ASGIApp:
        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            if is_http(scope) and refused(scope):
                await reply(scope)(scope, receive, send)
            else:
                await app(scope, receive, send)

        return wrapped

    return wrap


def _rpc_error(message: str) -> str:
    error = f'{{"code":-32000,"message":"{message}"}}'
    return f'{{"jsonrpc":"2.0","error":{error},"id":null}}'


@fault
def host_421() -> Setup:
    """The server's guard allows localhost, and clients come by another name.

    The Python SDK from 1.23.0 on, whose allow-list is made for loopback.
    """
    guard = TransportSecuritySettings(allowed_hosts=["localhost:*"])
    return Setup(options={"transport_security": guard})


@fault
def host_403() -> Setup:
    """The server's guard allows localhost, and clients come by another name.

    The TypeScript SDK's enableDnsRebindingProtection, whose refusal is 403.
    """

    def elsewhere(scope: Scope) -> bool:
        return not (header(scope, "host") or "").startswith("localhost:")

    def refuse(scope: Scope) -> Response:
        message = f"Invalid Host header: {header(scope, 'host')}"
        return answer(403, _rpc_error(message), "application/json")

    def wrap(app: ASGIApp) -> ASGIApp:
        return refuse_if(elsewhere, refuse)(app)

    return Setup(wrap=wrap)


@fault
def origin_403() -> Setup:
    """The server allows no web origin, and the client runs in a browser.

    The Python SDK's guard with an empty allowed_origins, met by MCP Inspector.
    """
    guard = TransportSecuritySettings(allowed_hosts=["127.0.0.1:*"])

    def wrap(app: ASGIApp) -> ASGIApp:
        return CORSMiddleware(
            app,
            allow_origins=["*"],
            allow_methods=["*"],
            allow_headers=["*"],
            expose_headers=["Mcp-Session-Id"],
        )

    return Setup(wrap=wrap, options={"transport_security": guard}, intake=_INSPECTOR)


@fault
def cors_preflight() -> Setup:
    """The server answers no preflight, and the client runs in a browser.

    The Python SDK's app as it is: OPTIONS is 405.
    """
    return Setup(intake=_INSPECTOR)


@fault
def waf_bot_403() -> Setup:
    """A firewall challenges whoever does not look like a browser.

    Cloudflare's managed challenge.
    """

    def robot(scope: Scope) -> bool:
        return not (header(scope, "user-agent") or "").startswith("Mozilla/")

    def challenge(_scope: Scope) -> Response:
        return answer(
            403,
            _CHALLENGE_PAGE,
            "text/html",
            Server="cloudflare",
            Cf_Mitigated="challenge",
        )

    return Setup(wrap=refuse_if(robot, challenge))


@fault
def protocol_version_header_400() -> Setup:
    """The server agrees on a revision and then refuses the header that names it.

    The TypeScript SDK's text, of a server with an older list in one of its parts.
    """
    message = (
        "Bad Request: Unsupported protocol version: 2025-11-25 "
        "(supported versions: 2025-06-18, 2025-03-26)"
    )

    def versioned(scope: Scope) -> bool:
        return header(scope, "mcp-protocol-version") == "2025-11-25"

    def refuse(_scope: Scope) -> Response:
        return answer(400, _rpc_error(message), "application/json")

    return Setup(wrap=refuse_if(versioned, refuse))


@fault
def accept_406() -> Setup:
    """A hop rewrites the Accept header of a GET.

    A gateway that knows no text/event-stream and asks for JSON instead; `*/*` passes.
    """

    def wrap(app: ASGIApp) -> ASGIApp:
        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            if is_http(scope, "GET") and header(scope, "accept") != "*/*":
                others = [(n, v) for n, v in scope["headers"] if n != b"accept"]
                json_only = (b"accept", b"application/json")
                scope = {**scope, "headers": [*others, json_only]}
            await app(scope, receive, send)

        return wrapped

    return Setup(wrap=wrap)


@fault
def wrong_content_type_415_on_get() -> Setup:
    """The framework asks for a body type on GET, too.

    Spring with `consumes` on the whole controller.
    """

    def untyped(scope: Scope) -> bool:
        return is_http(scope, "GET") and header(scope, "content-type") is None

    def refuse(_scope: Scope) -> Response:
        body = '{"status":415,"error":"Unsupported Media Type","path":"/mcp"}'
        return answer(415, body, "application/json")

    return Setup(wrap=refuse_if(untyped, refuse))
