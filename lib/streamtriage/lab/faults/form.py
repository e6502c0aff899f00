"""Faults in where a request is sent and in which form: path, route, type, framing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from streamtriage.lab.asgi import answer, header, is_http, is_stream
from streamtriage.lab.faults.guard import refuse_if
from streamtriage.lab.relay import Relay, RelayRules
from streamtriage.lab.scenario import Setup, fault
from streamtriage.model import Intake

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from streamtriage.lab.scenario import Wrap

__all__ = [
    "accepted_with_text",
    "charset_refused",
    "chunked_refused",
    "gateway_without_upstream",
    "key_refused_otherwise",
    "no_route",
    "one_change_mends",
    "reply_content_type",
    "reply_cut_short",
    "reply_not_jsonrpc",
    "request_answered_202",
    "response_id_mismatch",
    "wrong_path",
]


@fault
def wrong_path() -> Setup:
    """The server is at /mcp, and the client asks at /mcp/, where nothing is.

    Bridges that add a slash before a router that redirects nothing.
    """
    wrap = refuse_if(
        lambda scope: scope["path"] != "/mcp", lambda _: answer(404, "Not Found")
    )
    return Setup(path="/mcp/", wrap=wrap)


@fault
def no_route() -> Setup:
    """The edge answers 404 with an empty body to every path.

    The catch-all of a Cloudflare Tunnel without a rule for the host.
    """
    headers = {"Server": "cloudflare", "CF_RAY": "8a1b2c3d4e5f6a7b-LAB"}
    return Setup(wrap=refuse_if(lambda _: True, lambda _: answer(404, **headers)))


@fault
def charset_refused() -> Setup:
    """A POST whose Content-Type has a charset is refused.

    Servers that compare the header as a whole: mcp-go before 0.38, grafana/mcp-grafana.
    """

    def differs(scope: Scope) -> bool:
        return scope["method"] == "POST" and header(scope, "content-type") != (
            "application/json"
        )

    said = "Invalid content type: must be 'application/json'"
    told = f"Error POSTing to endpoint (HTTP 400): {said}"
    wrap = refuse_if(differs, lambda _: answer(400, said))
    return Setup(wrap=wrap, intake=Intake(error=told))


@fault
def chunked_refused() -> Setup:
    """A POST in chunks is refused for lack of a length.

    Gateways and small servers that read Content-Length alone.
    """

    def chunked(scope: Scope) -> bool:
        return scope["method"] == "POST" and header(scope, "content-length") is None

    told = "Error POSTing to endpoint (HTTP 411): Length Required"
    wrap = refuse_if(chunked, lambda _: answer(411, "Length Required"))
    return Setup(wrap=wrap, intake=Intake(error=told))


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


@fault
def accepted_with_text() -> Setup:
    """The notification after `initialize` is answered 202 with a text.

    Express with `res.sendStatus(202)`, which writes "Accepted".
    """
    told = "java.lang.RuntimeException: Unknown media type returned: text/plain"
    return Setup(wrap=_with_text, intake=Intake(client="Java SDK", error=told))


def _with_text(app: ASGIApp) -> ASGIApp:
    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        accepted = False

        async def told(message: Message) -> None:
            nonlocal accepted
            if message["type"] == "http.response.start" and message["status"] == 202:
                accepted = True
                headers = [
                    (b"content-type", b"text/plain; charset=utf-8"),
                    (b"content-length", b"8"),
                ]
                message = {**message, "headers": headers}
            elif accepted and message["type"] == "http.response.body":
                message = {**message, "body": b"Accepted", "more_body": False}
            await send(message)

        await app(scope, receive, told if is_http(scope, "POST") else send)

    return wrapped


@fault
def reply_content_type() -> Setup:
    """Each response is right, and sent as text/html.

    Flask, where a view returns the text of a JSON document.
    """
    return Setup(wrap=_as_html, options={"json_response": True})


def _as_html(app: ASGIApp) -> ASGIApp:
    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        async def typed(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == 200:
                fields = [
                    (name, b"text/html; charset=utf-8")
                    if name.lower() == b"content-type"
                    else (name, value)
                    for name, value in message["headers"]
                ]
                message = {**message, "headers": fields}
            await send(message)

        await app(scope, receive, typed if is_http(scope, "POST") else send)

    return wrapped


@fault
def request_answered_202() -> Setup:
    """Every call is acknowledged, and answered nowhere.

    A server that puts what is posted into a queue, as HTTP+SSE asked for.
    """
    return Setup(wrap=_only_acknowledged)


def _only_acknowledged(app: ASGIApp) -> ASGIApp:
    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        in_session = header(scope, "mcp-session-id") if is_http(scope, "POST") else None
        if in_session is None:
            await app(scope, receive, send)
        else:
            await answer(202)(scope, receive, send)

    return wrapped


@fault
def response_id_mismatch() -> Setup:
    """Every response has the id null.

    Servers that write JSON-RPC by hand, and bridges that lose who asked.
    """
    return Setup(wrap=_rewriting(_for_nobody), options={"json_response": True})


def _for_nobody(body: bytes) -> bytes:
    try:
        message: object = json.loads(body)
    except ValueError:
        return body
    if not isinstance(message, dict) or "result" not in message:
        return body
    return json.dumps(message | {"id": None}).encode()


@fault
def reply_not_jsonrpc() -> Setup:
    """Every response lacks its version.

    Servers that write JSON-RPC by hand.
    """
    return Setup(wrap=_rewriting(_unversioned), options={"json_response": True})


def _unversioned(body: bytes) -> bytes:
    try:
        message: object = json.loads(body)
    except ValueError:
        return body
    if not isinstance(message, dict) or "result" not in message:
        return body
    return json.dumps({k: v for k, v in message.items() if k != "jsonrpc"}).encode()


@fault
def reply_cut_short() -> Setup:
    """Every response has a longer length than its body.

    A length in characters of another text, or one that a hop left as it was.
    """
    return Setup(
        relay=Relay(RelayRules(adds_to_length=7)), options={"json_response": True}
    )


@fault
def gateway_without_upstream() -> Setup:
    """A gateway lists no tools and says in `_meta` that its upstream is unreachable.

    The LiteLLM proxy 1.108.7 with its only server down.
    """
    return Setup(wrap=_rewriting(_emptied), options={"json_response": True})


def _rewriting(change: Callable[[bytes], bytes]) -> Wrap:
    """Change the body of each answer to a POST that is no stream."""

    def wrap(app: ASGIApp) -> ASGIApp:
        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            start: Message | None = None
            body = b""

            async def changed(message: Message) -> None:
                nonlocal start, body
                if message["type"] == "http.response.start" and not is_stream(message):
                    start = message
                    return
                if start is None:
                    await send(message)
                    return
                body += message.get("body", b"")
                if message.get("more_body"):
                    return
                body = change(body)
                headers = [
                    (n, v) for n, v in start["headers"] if n != b"content-length"
                ]
                headers.append((b"content-length", str(len(body)).encode()))
                await send({**start, "headers": headers})
                await send({"type": "http.response.body", "body": body})

            await app(scope, receive, changed if is_http(scope, "POST") else send)

        return wrapped

    return wrap


def _emptied(body: bytes) -> bytes:
    try:
        message: dict[str, Any] = json.loads(body)
    except ValueError:
        return body
    if "tools" not in message.get("result", {}):
        return body
    message["result"]["tools"] = []
    message["result"]["_meta"] = {
        "gateway/server_outcomes": {"up": {"status": "unreachable"}}
    }
    return json.dumps(message).encode()


@fault
def key_refused_otherwise() -> Setup:
    """A wrong key is answered 400, in words of a database.

    The LiteLLM proxy 1.108.7 without a database.
    """

    def refuse() -> Wrap:
        said = '{"detail":"No connected db."}'
        return refuse_if(
            lambda _: True, lambda _: answer(400, said, "application/json")
        )

    return Setup(wrap=refuse())
