"""Faults in what becomes of a session, and of the right to use it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING
from uuid import uuid4

from streamtriage.lab.asgi import answer, header, is_http
from streamtriage.lab.faults.guard import refuse_if
from streamtriage.lab.relay import Relay, RelayRules
from streamtriage.lab.scenario import Setup, fault
from streamtriage.model import Intake

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from streamtriage.lab.scenario import Wrap

__all__ = [
    "delete_ends_all_sessions",
    "issued_session_unknown",
    "modern_only_server",
    "multi_replica_no_affinity",
    "new_session_ends_others",
    "one_session_for_all",
    "refuse_legacy",
    "refuse_unknown",
    "rmcp_old_401_session",
    "server_restart_session_lost",
    "session_400_instead_of_404",
    "session_503_or_200_error",
    "session_id_hijacked_by_error",
    "session_id_not_exposed",
    "session_idle_reaped",
    "session_needs_cookie",
    "token_expired_no_provider",
]

_LEGACY = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25")
_NOT_FOUND = (
    '{"jsonrpc":"2.0","error":{"code":-32001,"message":"Session not found"},"id":null}'
)
_V1_NOT_FOUND = (
    "Failed to reconnect SSE stream: Streamable HTTP error: "
    "Failed to open SSE stream: Not Found"
)
_V1_TEXT = (
    "Failed to reconnect SSE stream: Streamable HTTP error: "
    "Failed to open SSE stream: Method Not Allowed"
)


@fault
def server_restart_session_lost() -> Setup:
    """The server restarts and has forgotten every session.

    A process that keeps its sessions in memory and crashes, here whenever a stream has
    been open for 1.8 s.
    """
    return Setup(restarts=True, needs_hold_s=4.0)


@fault
def one_session_for_all() -> Setup:
    """Every client gets the session of the first one, until somebody ends it.

    A server whose session id is a constant, or made of what all clients have alike.
    """
    return Setup(wrap=_one_id)


def _one_id(app: ASGIApp) -> ASGIApp:
    name, first = b"mcp-session-id", b""

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal first
        if is_http(scope, "DELETE"):
            first = b""

        async def shared(message: Message) -> None:
            nonlocal first
            if message["type"] == "http.response.start":
                fields = dict(message["headers"])
                first = first or fields.get(name, b"")
                if name in fields:
                    fields[name] = first
                message = {**message, "headers": list(fields.items())}
            await send(message)

        greets = is_http(scope, "POST") and header(scope, "mcp-session-id") is None
        await app(scope, receive, shared if greets else send)

    return wrapped


@fault
def delete_ends_all_sessions() -> Setup:
    """A DELETE ends every session of the server, and not its own alone.

    A handler that closes the server object, or empties the whole store of sessions.
    """
    return Setup(wrap=_forgetting("DELETE"))


@fault
def new_session_ends_others() -> Setup:
    """Each `initialize` ends the session before.

    A server with one variable for its transport, which each new session replaces.
    """
    return Setup(wrap=_forgetting("POST"))


def _forgetting(method: str) -> Wrap:
    """Forget all sessions at each DELETE, or at each POST without a session."""

    def wrap(app: ASGIApp) -> ASGIApp:
        known: set[str] = set()

        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            session = header(scope, "mcp-session-id") if is_http(scope) else None
            if session is not None and session not in known:
                await answer(404, _NOT_FOUND, "application/json")(scope, receive, send)
                return
            ending = is_http(scope, method) and (session is None) == (method == "POST")

            async def learn(message: Message) -> None:
                if message["type"] == "http.response.start":
                    issued = [
                        value.decode()
                        for name, value in message["headers"]
                        if name.lower() == b"mcp-session-id"
                    ]
                    if ending and (issued or session is not None):
                        known.clear()
                    if session is None:
                        known.update(issued)
                await send(message)

            await app(scope, receive, learn)

        return wrapped

    return wrap


@fault
def session_400_instead_of_404() -> Setup:
    """A session that the server does not know is answered 400 instead of 404.

    The Python SDK before 1.26.0, and the TypeScript SDK's own examples.
    """
    text = "Bad Request: No valid session ID provided"
    return Setup(wrap=refuse_unknown(lambda: answer(400, text)))


def refuse_unknown(reply: Callable[[], Response]) -> Wrap:
    """Answer with `reply()` where a session id was sent that the app never issued."""

    def wrap(app: ASGIApp) -> ASGIApp:
        known: set[str] = set()

        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            session = header(scope, "mcp-session-id") if is_http(scope) else None
            if session is not None and session not in known:
                await reply()(scope, receive, send)
                return
            if session is not None and is_http(scope, "DELETE"):
                known.discard(session)

            async def learn(message: Message) -> None:
                if message["type"] == "http.response.start":
                    known.update(
                        value.decode()
                        for name, value in message["headers"]
                        if name.lower() == b"mcp-session-id"
                    )
                await send(message)

            await app(scope, receive, send if session is not None else learn)

        return wrapped

    return wrap


@fault
def session_503_or_200_error() -> Setup:
    """A session that the server does not know is answered 200 with an error inside.

    zilla (aklivity/zilla#2525), by POST.
    """
    body = (
        '{"jsonrpc":"2.0","id":null,"error":'
        '{"code":-32600,"message":"Invalid Request: unknown session"}}'
    )
    return Setup(wrap=refuse_unknown(lambda: answer(200, body, "application/json")))


@fault
def rmcp_old_401_session() -> Setup:
    """A session that the server does not know is answered 401.

    Old releases of rmcp (rust-sdk#559).
    """
    text = "Unauthorized: Session not found"
    return Setup(wrap=refuse_unknown(lambda: answer(401, text)))


@fault
def session_id_hijacked_by_error() -> Setup:
    """The refusal of an unknown session brings a fresh id that was never initialized.

    The Python SDK 1.x puts one on its `Missing session ID`.
    """

    def refuse() -> Response:
        return answer(404, _NOT_FOUND, "application/json", Mcp_Session_Id=uuid4().hex)

    return Setup(wrap=refuse_unknown(refuse), intake=Intake(error=_V1_NOT_FOUND))


@fault
def session_id_not_exposed() -> Setup:
    """A hop takes the session id off every response.

    A gateway with an allow-list of response headers.
    """

    def wrap(app: ASGIApp) -> ASGIApp:
        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            async def stripped(message: Message) -> None:
                if message["type"] == "http.response.start":
                    kept = [
                        (name, value)
                        for name, value in message["headers"]
                        if name.lower() != b"mcp-session-id"
                    ]
                    message = {**message, "headers": kept}
                await send(message)

            await app(scope, receive, stripped)

        return wrapped

    return Setup(wrap=wrap)


@fault
def session_idle_reaped() -> Setup:
    """The server gives up a session that nobody has used for a while.

    `session_idle_timeout` of the Python SDK, 30 min by default, here 2 s.
    """
    return Setup(options={"session_idle_timeout": 2.0}, intake=Intake(idle_s=2.8))


@fault
def multi_replica_no_affinity() -> Setup:
    """Two replicas share the URL, and each knows only the sessions that it opened.

    A load balancer that sends each connection to the next replica in turn.
    """
    return Setup(replicas=2, relay=Relay(RelayRules()))


@fault
def session_needs_cookie() -> Setup:
    """A session is refused where the cookie that came with it does not come along.

    A server behind a framework that keeps sessions of its own, or cookie affinity.
    """
    return Setup(wrap=_wants_cookie)


def _wants_cookie(app: ASGIApp) -> ASGIApp:
    refuse = answer(400, '{"error":"No cookie"}', "application/json")

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        session = header(scope, "mcp-session-id") if is_http(scope) else None
        if session is not None and "login=1" not in (header(scope, "cookie") or ""):
            await refuse(scope, receive, send)
            return

        async def given(message: Message) -> None:
            if message["type"] == "http.response.start" and session is None:
                cookie = (b"set-cookie", b"login=1; Path=/; HttpOnly")
                message = {**message, "headers": [*message["headers"], cookie]}
            await send(message)

        await app(scope, receive, given)

    return wrapped


@fault
def issued_session_unknown() -> Setup:
    """No session is known any more when its first request comes.

    A function that is started anew for each request, or a hop that changes the id.
    """
    known = refuse_if(
        lambda scope: header(scope, "mcp-session-id") is not None,
        lambda _: answer(404, _NOT_FOUND, "application/json"),
    )
    return Setup(wrap=known)


@fault
def token_expired_no_provider() -> Setup:
    """The access token expires in mid-session and nothing renews it.

    A static bearer token: everything works for 1.5 s after the first request, then all
    is 401 until the server has been left alone for 5 s, as if a new token were pasted.
    """

    def wrap(app: ASGIApp) -> ASGIApp:
        first = last = -60.0

        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            nonlocal first, last
            if not is_http(scope):
                await app(scope, receive, send)
                return
            now = time.monotonic()
            if now - last > 5.0:
                first = now
            last = now
            if now - first < 1.5:
                await app(scope, receive, send)
                return
            refusal = answer(
                401,
                '{"error":"invalid_token","error_description":"The token expired"}',
                "application/json",
                WWW_Authenticate='Bearer error="invalid_token", '
                'error_description="The token expired"',
            )
            await refusal(scope, receive, send)

        return wrapped

    return Setup(wrap=wrap, needs_hold_s=4.0)


@fault
def modern_only_server() -> Setup:
    """The server speaks only revision 2026-07-28, and the client an older one.

    `createMcpHandler` of the TypeScript SDK 2.x with `legacy: 'reject'`.
    """
    return Setup(wrap=refuse_legacy, intake=Intake(error=_V1_TEXT))


def refuse_legacy(app: ASGIApp) -> ASGIApp:
    """Answer 405 to GET and DELETE, and -32022 to what older revisions say."""

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        if not is_http(scope):
            await app(scope, receive, send)
        elif scope["method"] != "POST":
            await answer(405, Allow="POST")(scope, receive, send)
        elif header(scope, "mcp-protocol-version") in (None, *_LEGACY):
            body = (
                '{"jsonrpc":"2.0","id":1,"error":{"code":-32022,"message":'
                '"Unsupported protocol version","data":{"supported":["2026-07-28"]}}}'
            )
            await answer(400, body, "application/json")(scope, receive, send)
        else:
            await app(scope, receive, send)

    return wrapped
