"""A sound MCP server with one fault, which writes down every byte of each request."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import socket
import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Self, get_args

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["FAULTS", "TOOL", "Asked", "Fault", "RecordingServer"]

Fault = Literal[
    "sound",
    "get-401",
    "get-404",
    "get-405",
    "get-502",
    "clean-end",
    "reset",
    "reopening-502",
    "retry",
    "priming-event",
    "session-lost",
    "post-401",
    "post-503",
]
FAULTS: tuple[Fault, ...] = get_args(Fault)

TOOL = "echo"

# How long a stream lives before the faults that end it, in seconds.
LIFE_S = 1.0
RETRY_MS = 2000
# A list of tools that takes no time would arrive before the refusal of the GET that was
# sent before it; over a network it does not.
LIST_S = 0.5

_LINGER_RST = struct.pack("ii", 1, 0)
_REFUSED: Mapping[str, tuple[int, str]] = {
    "get-401": (401, "Unauthorized"),
    "get-404": (404, "Not Found"),
    "get-405": (405, "Method Not Allowed"),
    # As over HTTP/2, or from hops that give no reason.
    "get-502": (502, ""),
    "reopening-502": (502, ""),
}


@dataclass
class Asked:
    """One request as it came in, what it was answered, and how the answer ended.

    `headers` are the lines as they stood on the wire, without the request line. Moments
    are seconds since the server began.
    """

    method: str
    target: str
    http: str
    headers: list[str]
    body: str
    framing: Literal["none", "length", "chunked"]
    connection: int
    at_s: float
    status: int = 0
    ended_s: float | None = None
    ended_by: Literal["", "server", "client"] = ""
    issued: str = ""

    def header(self, name: str) -> str | None:
        """Return the value of a header, or None if it was not sent."""
        for line in self.headers:
            key, _, value = line.partition(":")
            if key.strip().lower() == name:
                return value.strip()
        return None

    @property
    def message(self) -> dict[str, Any]:
        with contextlib.suppress(ValueError):
            found = json.loads(self.body)
            return found if isinstance(found, dict) else {}
        return {}

    @property
    def rpc(self) -> str:
        return str(self.message.get("method", ""))


@dataclass
class RecordingServer:
    """One MCP server of revisions up to 2025-11-25 with sessions, and one fault."""

    fault: Fault
    asked: list[Asked] = field(default_factory=list)
    port: int = 0
    sessions: list[str] = field(default_factory=list)
    gone: set[str] = field(default_factory=set)
    _calls: int = 0
    _opened: int = 0
    _connections: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/mcp"

    async def __aenter__(self) -> Self:
        self._zero = asyncio.get_running_loop().time()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server = await asyncio.start_server(
            self._accept, "127.0.0.1", self.port, limit=1 << 20
        )
        self.port = int(self._server.sockets[0].getsockname()[1])
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def now(self) -> float:
        return round(asyncio.get_running_loop().time() - self._zero, 3)

    # --- one connection ---------------------------------------------------------------

    async def _accept(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._connections += 1
        number = self._connections
        try:
            while (asked := await self._read(reader, number)) is not None:
                self.asked.append(asked)
                if not await self._answer(asked, reader, writer):
                    break
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.transport.abort()
            self._tasks.discard(task)

    async def _read(self, reader: asyncio.StreamReader, number: int) -> Asked | None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            return None
        at_s = self.now()
        first, *lines = head.decode("latin-1").removesuffix("\r\n\r\n").split("\r\n")
        method, target, http = first.split(" ")
        asked = Asked(method, target, http, lines, "", "none", number, at_s)
        if (asked.header("transfer-encoding") or "").lower() == "chunked":
            asked.framing = "chunked"
            asked.body = await _chunks(reader)
        elif asked.header("content-length") is not None:
            asked.framing = "length"
            length = int(asked.header("content-length") or 0)
            asked.body = (await reader.readexactly(length)).decode()
        return asked

    # --- what is answered -------------------------------------------------------------

    async def _answer(
        self, asked: Asked, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        """Answer one request; False if the connection ends with it."""
        if asked.target.partition("?")[0] != "/mcp":
            return await _send(asked, writer, 404, "Not Found", b"nothing here")
        if asked.method == "GET":
            return await self._get(asked, reader, writer)
        if asked.method == "DELETE":
            self.gone.add(asked.header("mcp-session-id") or "")
            return await _send(asked, writer, 200, "OK", b"{}")
        if asked.method != "POST":
            return await _send(asked, writer, 405, "Method Not Allowed", b"")
        return await self._post(asked, writer)

    async def _post(self, asked: Asked, writer: asyncio.StreamWriter) -> bool:
        session = asked.header("mcp-session-id")
        if asked.rpc == "initialize":
            return await self._initialize(asked, writer)
        if session is None or session not in self.sessions:
            return await _without_session(asked, writer)
        return await self._in_session(asked, session, writer)

    async def _in_session(
        self, asked: Asked, session: str, writer: asyncio.StreamWriter
    ) -> bool:
        self._calls += asked.rpc == "tools/call"
        first_call = asked.rpc == "tools/call" and self._calls == 1
        if first_call and self.fault == "session-lost":
            self.gone.update(self.sessions)
        if first_call and self.fault == "post-503":
            text = b"upstream connect error"
            return await _send(asked, writer, 503, "Service Unavailable", text)
        if first_call and self.fault == "post-401":
            return await _unauthorized(asked, writer)
        if session in self.gone:
            return await _forgotten(asked, writer)
        if "id" not in asked.message or "method" not in asked.message:
            return await _send(asked, writer, 202, "Accepted", b"")
        return await _result(asked, writer)

    async def _initialize(self, asked: Asked, writer: asyncio.StreamWriter) -> bool:
        wanted = str(asked.message.get("params", {}).get("protocolVersion", ""))
        known = re.fullmatch(r"202[45]-\d\d-\d\d", wanted)
        asked.issued = f"{len(self.sessions):08x}-0000-4000-8000-000000000000"
        self.sessions.append(asked.issued)
        result = {
            "protocolVersion": wanted if known else "2025-11-25",
            "capabilities": {"tools": {"listChanged": True}},
            "serverInfo": {"name": "recorder", "version": "1"},
        }
        field_ = f"mcp-session-id: {asked.issued}"
        return await _reply(asked, writer, 200, "OK", field_, result=result)

    async def _get(
        self, asked: Asked, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        session = asked.header("mcp-session-id")
        if session is None or session not in self.sessions:
            return await _without_session(asked, writer)
        if session in self.gone:
            return await _forgotten(asked, writer)
        refused = self.fault in _REFUSED
        if refused and (self.fault != "reopening-502" or self._opened):
            if self.fault == "get-401":
                return await _unauthorized(asked, writer)
            status, reason = _REFUSED[self.fault]
            return await _send(asked, writer, status, reason, b"")
        self._opened += 1
        return await self._stream(asked, reader, writer)

    async def _stream(
        self, asked: Asked, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        asked.status = 200
        head = (
            "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
            "cache-control: no-cache\r\ntransfer-encoding: chunked\r\n\r\n"
        )
        writer.write(head.encode() + _chunk(self._first_bytes()))
        await writer.drain()
        ends = self.fault in ("clean-end", "reset", "reopening-502", "retry")
        try:
            # A client that pipelines nothing reads on; what it sends is its FIN.
            async with asyncio.timeout(LIFE_S if ends else None):
                await reader.read(1)
        except TimeoutError:
            asked.ended_by = "server"
        except OSError:
            asked.ended_by = "client"
        else:
            asked.ended_by = "client"
        asked.ended_s = self.now()
        if asked.ended_by == "client":
            return False
        if self.fault in ("clean-end", "retry"):
            writer.write(b"0\r\n\r\n")
            await writer.drain()
            return True
        plain: socket.socket = writer.get_extra_info("socket")
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_RST)
        return False

    def _first_bytes(self) -> bytes:
        if self.fault == "priming-event":
            return b"id: 1\ndata: \n\n"
        if self.fault == "retry":
            event = {"jsonrpc": "2.0", "method": "notifications/message"}
            event["params"] = {"level": "info", "data": "here"}  # type: ignore[assignment]
            told = json.dumps(event)
            return f"id: {self._opened}\nretry: {RETRY_MS}\ndata: {told}\n\n".encode()
        return b": here\n\n"


# --- bytes ----------------------------------------------------------------------------


def _chunk(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


async def _chunks(reader: asyncio.StreamReader) -> str:
    body = b""
    while size := int((await reader.readuntil(b"\r\n")).partition(b";")[0], 16):
        body += (await reader.readexactly(size + 2))[:-2]
    await reader.readuntil(b"\r\n")
    return body.decode()


async def _send(
    asked: Asked,
    writer: asyncio.StreamWriter,
    status: int,
    reason: str,
    body: bytes,
    *fields: str,
    kind: str = "text/plain",
) -> bool:
    asked.status = status
    head = [f"HTTP/1.1 {status} {reason}", *fields, f"content-length: {len(body)}"]
    if body:
        head.append(f"content-type: {kind}")
    writer.write("\r\n".join([*head, "", ""]).encode("latin-1") + body)
    await writer.drain()
    return True


async def _unauthorized(asked: Asked, writer: asyncio.StreamWriter) -> bool:
    body = b'{"error":"invalid_token"}'
    told = 'www-authenticate: Bearer error="invalid_token"'
    kind = "application/json"
    return await _send(asked, writer, 401, "Unauthorized", body, told, kind=kind)


async def _reply(
    asked: Asked,
    writer: asyncio.StreamWriter,
    status: int,
    reason: str,
    *fields: str,
    **outcome: object,
) -> bool:
    answer = {"jsonrpc": "2.0", "id": asked.message.get("id"), **outcome}
    body = json.dumps(answer).encode()
    kind = "application/json"
    return await _send(asked, writer, status, reason, body, *fields, kind=kind)


async def _without_session(asked: Asked, writer: asyncio.StreamWriter) -> bool:
    error = {"code": -32000, "message": "Bad Request: no session"}
    return await _reply(asked, writer, 400, "Bad Request", error=error)


async def _forgotten(asked: Asked, writer: asyncio.StreamWriter) -> bool:
    error = {"code": -32001, "message": "Session not found"}
    return await _reply(asked, writer, 404, "Not Found", error=error)


async def _result(asked: Asked, writer: asyncio.StreamWriter) -> bool:
    schema = {"type": "object", "properties": {"text": {"type": "string"}}}
    tool = {"name": TOOL, "description": "Says it again.", "inputSchema": schema}
    known: dict[str, dict[str, Any]] = {
        "tools/list": {"tools": [tool]},
        "tools/call": {"content": [{"type": "text", "text": "echoed"}]},
        "ping": {},
        "logging/setLevel": {},
    }
    if asked.rpc == "tools/list":
        await asyncio.sleep(LIST_S)
    if asked.rpc in known:
        return await _reply(asked, writer, 200, "OK", result=known[asked.rpc])
    error = {"code": -32601, "message": "Method not found"}
    return await _reply(asked, writer, 200, "OK", error=error)
