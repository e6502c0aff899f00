"""Loopback servers that write exactly these bytes, then FIN, RST or nothing."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import struct
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Self, TypeAlias

import h2.config
import h2.connection
import h2.events
import h2.exceptions

if TYPE_CHECKING:
    import ssl

__all__ = [
    "HOLD",
    "MCP_RESULT",
    "SSE_HEAD",
    "ByteServer",
    "Flood",
    "H2Server",
    "H2Step",
    "McpBytes",
    "Received",
    "Script",
    "Step",
    "chunk",
    "chunked",
    "json_answer",
    "response",
]


@dataclass(frozen=True)
class Flood:
    """The same bytes, again and again, until the client has gone."""

    piece: bytes
    pause_s: float = 0.0


# A number waits; `fin` and `rst` end the connection. A script that runs out holds the
# connection open until the client ends it.
Step: TypeAlias = bytes | float | Flood | Literal["fin", "rst"]
Script: TypeAlias = Sequence[Step]
HOLD: Script = ()

_LINGER_RST = struct.pack("ii", 1, 0)


@dataclass(frozen=True)
class Received:
    """One request as it came in."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = b""
    at_s: float = 0.0

    @property
    def rpc_method(self) -> str:
        """Return the method of a JSON-RPC message, or nothing."""
        with contextlib.suppress(ValueError):
            message = json.loads(self.body)
            return str(message.get("method", "")) if isinstance(message, dict) else ""
        return ""


Route: TypeAlias = Callable[[Received], Script]


@dataclass
class ByteServer:
    """Serves one script, or the script that `route` picks, to each connection.

    A script starts after the request, or at once with `speaks_first`. `ended` says how
    each client ended its connection: by `fin`, by `rst`, or after our own end.
    """

    script: Script = HOLD
    route: Route | None = None
    tls: ssl.SSLContext | None = None
    speaks_first: bool = False
    host: str = "127.0.0.1"
    requests: list[Received] = field(default_factory=list)
    ended: list[Literal["fin", "rst", "ours"]] = field(default_factory=list)
    connections: int = 0
    port: int = 0

    @property
    def url(self) -> str:
        scheme = "http" if self.tls is None else "https"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{scheme}://{host}:{self.port}/mcp"

    async def wait_ended(self, count: int = 1, patience_s: float = 5.0) -> None:
        """Wait until so many connections have ended."""
        async with asyncio.timeout(patience_s):
            while len(self.ended) < count:
                self._news.clear()
                await self._news.wait()

    async def wait_asked(self, count: int = 1, patience_s: float = 5.0) -> None:
        """Wait until so many requests have come in."""
        async with asyncio.timeout(patience_s):
            while len(self.requests) < count:
                self._news.clear()
                await self._news.wait()

    async def __aenter__(self) -> Self:
        self._news = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server = await asyncio.start_server(
            self._accept, self.host, 0, ssl=self.tls, limit=1 << 20
        )
        self.port = int(self._server.sockets[0].getsockname()[1])
        return self

    def stop_listening(self) -> None:
        """Take no connection any more, as where the process ends; open ones stay."""
        self._server.close()

    async def __aexit__(self, *_: object) -> None:
        self.stop_listening()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        try:
            self.ended.append(await self.serve(reader, writer))
        except OSError:
            self.ended.append("rst")
        except asyncio.CancelledError:
            # The test is over; a task that ends cancelled would be reported as a crash.
            pass
        finally:
            writer.transport.abort()
            self._tasks.discard(task)
            self._news.set()

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> Literal["fin", "rst", "ours"]:
        if self.speaks_first:
            for step in self.script:
                if not await play(step, writer):
                    return "ours"
            while await reader.read(65536):
                pass
            return "fin"
        # A client may keep the connection for its next request.
        while (request := await read_request(reader)) is not None:
            self.requests.append(request)
            self._news.set()
            script = self.script if self.route is None else self.route(request)
            for step in script:
                if not await play(step, writer):
                    return "ours"
        return "fin"


async def play(step: Step, writer: asyncio.StreamWriter) -> bool:
    """Do one step; False when it ended the connection."""
    if isinstance(step, bytes):
        writer.write(step)
        await writer.drain()
    elif isinstance(step, Flood):
        while not writer.is_closing():
            writer.write(step.piece)
            await writer.drain()
            # The client lives in the same loop and must get its turn.
            await asyncio.sleep(step.pause_s)
    elif step == "fin":
        await writer.drain()
        writer.close()
        with contextlib.suppress(OSError, TimeoutError):
            await asyncio.wait_for(writer.wait_closed(), 1.0)
        return False
    elif step == "rst":
        await writer.drain()
        reset(writer)
        return False
    else:
        await asyncio.sleep(step)
    return True


def reset(writer: asyncio.StreamWriter) -> None:
    """End a connection by RST, under TLS too."""
    plain: socket.socket = writer.get_extra_info("socket")
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_RST)
    writer.transport.abort()


async def read_request(reader: asyncio.StreamReader) -> Received | None:
    """Read one request with a body of declared length; None if there was none."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as broken:
        return None if not broken.partial else Received("", "", {}, broken.partial)
    first, *lines = head.decode("latin-1").split("\r\n")
    method, _, rest = first.partition(" ")
    fields = (line.partition(":") for line in lines if line)
    headers = {name.strip().lower(): value.strip() for name, _, value in fields}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    now = asyncio.get_running_loop().time()
    return Received(method, rest.rpartition(" ")[0], headers, body, now)


# --- what to write --------------------------------------------------------------------


def chunk(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


def response(
    status: int = 200,
    reason: str = "OK",
    body: bytes = b"",
    *fields: str,
    kind: str = "text/plain",
) -> bytes:
    """Return a whole answer with a declared length."""
    head = [
        f"HTTP/1.1 {status} {reason}",
        f"content-type: {kind}",
        f"content-length: {len(body)}",
        *fields,
    ]
    return "\r\n".join([*head, "", ""]).encode("latin-1") + body


def json_answer(value: object, *fields: str, status: int = 200) -> bytes:
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return response(status, "OK", body, *fields, kind="application/json")


def chunked(*fields: str, kind: str = "text/event-stream") -> bytes:
    """Return the head of a chunked answer."""
    head = ["HTTP/1.1 200 OK", f"content-type: {kind}", *fields]
    return "\r\n".join([*head, "transfer-encoding: chunked", "", ""]).encode("latin-1")


SSE_HEAD = chunked()

MCP_RESULT: dict[str, Any] = {
    "jsonrpc": "2.0",
    "id": 1,
    "result": {
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "serverInfo": {"name": "bytes", "version": "1"},
    },
}
_TOOLS = {"jsonrpc": "2.0", "id": 1, "result": {"tools": []}}
_UNKNOWN_METHOD = {
    "jsonrpc": "2.0",
    "id": 1,
    "error": {"code": -32000, "message": "no"},
}
_GONE = {"jsonrpc": "2.0", "id": None, "error": {"code": -32001, "message": "unknown"}}

Question = Literal["discover", "initialize", "initialized", "post", "get", "delete"]


@dataclass
class McpBytes:
    """A sound MCP server of bytes, with some of its answers replaced.

    It knows its sessions, and answers 404 to one that it never issued or that was
    deleted. An answer is a script, or a function of the request that returns one.
    """

    answers: Mapping[Question, Script | Route] = field(default_factory=dict)
    issued: list[str] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    asked: list[Question] = field(default_factory=list)

    def __call__(self, request: Received) -> Script:
        question = _question(request)
        self.asked.append(question)
        given = self.answers.get(question)
        if question == "delete":
            self.deleted.append(request.headers.get("mcp-session-id", ""))
        if given is not None:
            return given(request) if callable(given) else given
        return self._sound(question, request)

    def _sound(self, question: Question, request: Received) -> Script:
        session = request.headers.get("mcp-session-id")
        if question == "initialize":
            return (json_answer(MCP_RESULT, f"mcp-session-id: {self.issue()}"),)
        if question != "discover" and session is None:
            return (response(400, "Bad Request", b"no session"),)
        deletions = 1 if question == "delete" else 0
        known = session in self.issued and self.deleted.count(session) <= deletions
        if question != "discover" and not known:
            return (json_answer(_GONE, status=404),)
        answers: dict[Question, Script] = {
            "discover": (json_answer(_UNKNOWN_METHOD, status=400),),
            "initialized": (response(202, "Accepted"),),
            "post": (json_answer(_TOOLS | {"id": _number(request)}),),
            "get": (SSE_HEAD, chunk(b": here\n\n")),
            "delete": (json_answer({}),),
        }
        return answers[question]

    def issue(self) -> str:
        self.issued.append(f"{len(self.issued):08x}-5e55-4e5e-8b1e-0123456789ab")
        return self.issued[-1]


def _number(request: Received) -> object:
    """Return the id of a request, which its response must bear."""
    asked = json.loads(request.body or b"{}")
    return asked.get("id", 1) if isinstance(asked, dict) else 1


def _question(request: Received) -> Question:
    if request.method == "GET":
        return "get"
    if request.method == "DELETE":
        return "delete"
    named: dict[str, Question] = {
        "server/discover": "discover",
        "initialize": "initialize",
        "notifications/initialized": "initialized",
    }
    return named.get(request.rpc_method, "post")


# --- HTTP/2 ---------------------------------------------------------------------------

H2Step: TypeAlias = (
    bytes
    | float
    | Flood
    | Literal["fin", "rst"]
    | Callable[[h2.connection.H2Connection, int], None]
)


@dataclass
class H2Server(ByteServer):
    """The same over HTTP/2: a step may also be a call on the h2 connection.

    `h2_script` starts with the first request of a connection; its calls get the
    connection and the number of the stream.
    """

    h2_script: Sequence[H2Step] = ()
    events: list[h2.events.Event] = field(default_factory=list)

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> Literal["fin", "rst", "ours"]:
        config = h2.config.H2Configuration(
            client_side=False,
            validate_outbound_headers=False,
            normalize_outbound_headers=False,
        )
        peer = h2.connection.H2Connection(config)
        peer.initiate_connection()
        writer.write(peer.data_to_send())
        asked: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        reading = asyncio.create_task(self._read(peer, reader, writer, asked))
        try:
            first: set[asyncio.Future[Any]] = {asked, reading}
            await asyncio.wait(first, return_when=asyncio.FIRST_COMPLETED)
            if asked.done():
                for step in self.h2_script:
                    if not await _play(step, peer, asked.result(), writer):
                        return "ours"
            return await reading
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)

    async def _read(
        self,
        peer: h2.connection.H2Connection,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        asked: asyncio.Future[int],
    ) -> Literal["fin", "rst"]:
        while data := await reader.read(65536):
            events: list[h2.events.Event] = []
            # Once a script has ended the connection, h2 would not take what follows.
            with contextlib.suppress(h2.exceptions.ProtocolError):
                events = peer.receive_data(data)
            self.events += events
            for event in events:
                if isinstance(event, h2.events.RequestReceived) and not asked.done():
                    asked.set_result(event.stream_id or 1)
            writer.write(peer.data_to_send())
        return "fin"


async def _play(
    step: H2Step,
    peer: h2.connection.H2Connection,
    stream: int,
    writer: asyncio.StreamWriter,
) -> bool:
    if callable(step):
        step(peer, stream)
        return await play(peer.data_to_send(), writer)
    return await play(step, writer)


@contextlib.asynccontextmanager
async def connect_proxy(
    refusal: bytes = b"", *, auth: str = ""
) -> AsyncIterator[tuple[str, list[Received]]]:
    """Serve a forward proxy: CONNECT and absolute-form; or refuse it all.

    With `auth` it asks for that value of Proxy-Authorization. Yields where it listens,
    and what it is asked.
    """
    seen: list[Received] = []

    async def accept(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        with contextlib.suppress(OSError, asyncio.CancelledError):
            await _proxy_one(reader, writer, seen, refusal, auth)
        writer.transport.abort()

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", seen
    finally:
        server.close()


async def _proxy_one(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    seen: list[Received],
    refusal: bytes,
    auth: str,
) -> None:
    request = await read_request(reader)
    if request is None:
        return
    seen.append(request)
    if auth and request.headers.get("proxy-authorization") != auth:
        refusal = response(407, "Proxy Authentication Required")
    if refusal:
        await play(refusal, writer)
        await play("fin", writer)
        return
    tunnel = request.method == "CONNECT"
    authority = request.target if tunnel else request.target.split("/")[2]
    host, _, port = authority.rpartition(":")
    up_reader, up_writer = await asyncio.open_connection(host, int(port))
    try:
        if tunnel:
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        else:
            path = "/" + request.target.split("/", 3)[3]
            lines = [f"{request.method} {path} HTTP/1.1"]
            lines += [f"{name}: {value}" for name, value in request.headers.items()]
            up_writer.write("\r\n".join([*lines, "", ""]).encode() + request.body)
        await asyncio.gather(_pump(reader, up_writer), _pump(up_reader, writer))
    finally:
        up_writer.transport.abort()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        writer.close()
