"""Faults in what a GET or a notification is answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.lab.asgi import answer, header, is_http, on_get
from streamtriage.lab.scenario import Setup, fault

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = [
    "gateway_blocks_get",
    "gateway_refuses_reopening",
    "get_4xx_instead_of_405",
    "get_200_html_or_json",
    "get_not_implemented_404",
    "initialized_not_202",
    "rate_limit_429",
]

_NGINX_403 = (
    "<html>\r\n<head><title>403 Forbidden</title></head>\r\n<body>\r\n"
    "<center><h1>403 Forbidden</h1></center>\r\n<hr><center>nginx/1.22.1</center>\r\n"
    "</body>\r\n</html>\r\n"
)


@fault
def get_not_implemented_404() -> Setup:
    """The server has no route for GET and answers 404 instead of 405.

    Express and most routers answer so for a path that only has a POST handler.
    """
    return Setup(wrap=on_get(lambda: answer(404, "Cannot GET /mcp", "text/html")))


@fault
def get_4xx_instead_of_405() -> Setup:
    """The server offers no GET stream and answers 400 instead of 405.

    punkpeye/mcp-proxy before its pull request 62.
    """
    body = '{"error":"Bad Request: no stream here"}'
    return Setup(wrap=on_get(lambda: answer(400, body, "application/json")))


@fault
def get_200_html_or_json() -> Setup:
    """A GET is answered 200 with a JSON document.

    prompts.chat before its pull request 1117: a status page on the MCP path.
    """
    body = '{"name":"lab","status":"ok"}'
    return Setup(wrap=on_get(lambda: answer(200, body, "application/json")))


@fault
def gateway_blocks_get() -> Setup:
    """A gateway in front of the server lets POST through and refuses GET.

    nginx with `limit_except POST { deny all; }`.
    """

    def refuse() -> Response:
        return answer(403, _NGINX_403, "text/html", Server="nginx/1.22.1")

    return Setup(wrap=on_get(refuse))


@fault
def gateway_refuses_reopening() -> Setup:
    """A gateway passes the first GET of each session on, and answers 502 to the others.

    One that keeps its side of the first stream and has no room for a second one.
    """

    def wrap(app: ASGIApp) -> ASGIApp:
        streamed: set[str | None] = set()

        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            session = header(scope, "mcp-session-id") if is_http(scope, "GET") else None
            if session is not None and session in streamed:
                page = _NGINX_403.replace("403 Forbidden", "502 Bad Gateway")
                refusal = answer(502, page, "text/html", Server="nginx/1.22.1")
                await refusal(scope, receive, send)
                return
            streamed.add(session)
            await app(scope, receive, send)

        return wrapped

    return Setup(wrap=wrap)


@fault
def rate_limit_429() -> Setup:
    """The limiter's budget for GET is spent.

    An edge limiter after a client's loop of one GET a second.
    """
    body = '{"error":"rate limit exceeded"}'

    def refuse() -> Response:
        return answer(429, body, "application/json", Retry_After="30")

    return Setup(wrap=on_get(refuse))


@fault
def initialized_not_202() -> Setup:
    """The notification after `initialize` is answered 200 instead of 202.

    Servers that answer every POST through one JSON handler.
    """

    def wrap(app: ASGIApp) -> ASGIApp:
        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            async def as_200(message: Message) -> None:
                if message["type"] == "http.response.start" and (
                    message["status"] == 202
                ):
                    message = {**message, "status": 200}
                await send(message)

            await app(scope, receive, as_200 if is_http(scope, "POST") else send)

        return wrapped

    return Setup(wrap=wrap)
