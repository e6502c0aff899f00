"""A server of HTTP+SSE (revision 2024-11-05): a stream, and POSTs to its endpoint."""

from __future__ import annotations

import asyncio
import json
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from streamtriage.lab.asgi import answer, is_http
from streamtriage.on_first_use import Later

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request
    from starlette.responses import Response, StreamingResponse
    from starlette.types import Receive, Scope, Send
else:
    # Whoever only lists the faults needs no server.
    Request = Later("starlette.requests", "Request")
    StreamingResponse = Later("starlette.responses", "StreamingResponse")

__all__ = ["OldTransport"]


@dataclass
class OldTransport:
    """The app: GET at `path` opens a session, POST at `messages` uses it.

    `names` is the path that the stream names, `replies` whether answers come on it.
    """

    path: str = "/sse"
    messages: str = "/messages/"
    names: str = ""
    replies: bool = True
    keep_alive_s: float = 0.5
    _sessions: dict[str, asyncio.Queue[bytes]] = field(default_factory=dict)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request as the SDKs' servers of that transport do."""
        if not is_http(scope):
            return
        reply: Response = answer(404, "Not Found")
        if scope["path"] == self.path:
            reply = answer(405, "Method Not Allowed", Allow="GET")
            if scope["method"] == "GET":
                reply = StreamingResponse(
                    self._events(), media_type="text/event-stream"
                )
        elif scope["path"] == self.messages and scope["method"] == "POST":
            reply = await self._take(Request(scope, receive))
        await reply(scope, receive, send)

    async def _take(self, request: Request) -> Response:
        found = parse_qs(request.url.query).get("session_id", [""])[0]
        queue = self._sessions.get(found)
        if queue is None:
            return answer(404, "Could not find session")
        message: dict[str, Any] = json.loads(await request.body())
        if "id" in message and self.replies:
            body = {"jsonrpc": "2.0", "id": message["id"], "result": _result(message)}
            data = json.dumps(body)
            queue.put_nowait(f"event: message\r\ndata: {data}\r\n\r\n".encode())
        return answer(202, "Accepted")

    async def _events(self) -> AsyncIterator[bytes]:
        number = secrets.token_hex(16)
        queue = self._sessions[number] = asyncio.Queue()
        named = f"{self.names or self.messages}?session_id={number}"
        try:
            yield f"event: endpoint\r\ndata: {named}\r\n\r\n".encode()
            while True:
                try:
                    yield await asyncio.wait_for(queue.get(), self.keep_alive_s)
                except TimeoutError:
                    yield b": ping\r\n\r\n"
        finally:
            del self._sessions[number]


def _result(message: dict[str, Any]) -> dict[str, Any]:
    if message.get("method") == "initialize":
        return {
            "protocolVersion": "2024-11-05",
            "capabilities": {"tools": {}},
            "serverInfo": {"name": "lab", "version": "1"},
        }
    return {"tools": []} if message.get("method") == "tools/list" else {}
