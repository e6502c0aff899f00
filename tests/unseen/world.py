"""Small MCP servers over plain sockets, written without a look at the lab."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import json
import socket
import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from side_by_side import ask_all
from streamtriage.model import Intake, Report
from streamtriage.triage import triage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

REASONS = {200: "OK", 202: "Accepted", 204: "No Content", 400: "Bad Request"}
RESULT = {"protocolVersion": "2025-06-18", "capabilities": {"tools": {}}}
RST = struct.pack("ii", 1, 0)


@dataclass
class Asked:
    """One request, and the way to answer it."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any
    writer: asyncio.StreamWriter
    name: str = ""

    @property
    def session(self) -> str | None:
        return self.headers.get("mcp-session-id")

    @property
    def rpc(self) -> str:
        return str(self.body.get("method", "")) if isinstance(self.body, dict) else ""

    @property
    def number(self) -> Any:
        """The id of the request, which its response must bear."""
        return self.body.get("id", 1) if isinstance(self.body, dict) else 1

    async def answer(
        self,
        status: int,
        body: str | dict[str, Any] = "",
        kind: str = "",
        reason: str | None = None,
        **headers: str,
    ) -> None:
        if isinstance(body, dict):
            if body.get("id") == 1:
                body = body | {"id": self.number}
            body, kind = json.dumps(body), kind or "application/json"
        data = body.encode()
        phrase = REASONS.get(status, "Whatever") if reason is None else reason
        lines = [f"HTTP/1.1 {status} {phrase}"]
        if status != 204:
            lines.append(f"Content-Length: {len(data)}")
        if self.name:
            headers.setdefault("Server", self.name)
        if kind:
            lines.append(f"Content-Type: {kind}")
        lines += [f"{name.replace('_', '-')}: {v}" for name, v in headers.items()]
        self.writer.write("\r\n".join([*lines, "", ""]).encode() + data)
        await self.writer.drain()

    async def stream(self, first: str = "", *, chunked: bool = True) -> None:
        how = "Transfer-Encoding: chunked\r\n" if chunked else "Connection: close\r\n"
        named = f"Server: {self.name}\r\n" if self.name else ""
        kind = "Content-Type: text/event-stream\r\n"
        self.writer.write(f"HTTP/1.1 200 OK\r\n{named}{kind}{how}\r\n".encode())
        if first:
            await self.say(first)
        await self.writer.drain()

    async def say(self, text: str) -> None:
        data = text.encode()
        self.writer.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        await self.writer.drain()

    async def end(self) -> None:
        """End the body politely."""
        self.writer.write(b"0\r\n\r\n")
        await self.writer.drain()

    def reset(self) -> None:
        plain: socket.socket = self.writer.get_extra_info("socket")
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RST)
        self.writer.transport.abort()


async def forever() -> None:
    await asyncio.sleep(60)


@dataclass
class World:
    """A sound server with sessions; a test changes what it says about one thing."""

    known: set[str] = field(default_factory=set)
    name: str = ""
    path: str = "/api/v2/tools"
    with_sessions: bool = True
    count: int = -1

    def next_number(self) -> int:
        self.count += 1
        return self.count

    def fresh_id(self) -> str:
        return f"s{self.next_number():04d}-7c1f-{id(self) % 65536:04x}"

    async def discover(self, asked: Asked) -> None:
        await self.unknown(asked)

    async def unknown(self, asked: Asked) -> None:
        error = {"code": -32601, "message": "Method not found"}
        await asked.answer(400, {"jsonrpc": "2.0", "id": 1, "error": error})

    async def initialize(self, asked: Asked) -> None:
        result = {**RESULT, "serverInfo": {"name": "unseen", "version": "0"}}
        extra = {}
        if self.with_sessions:
            made = self.fresh_id()
            self.known.add(made)
            extra = {"Mcp_Session_Id": made}
        await asked.answer(200, {"jsonrpc": "2.0", "id": 1, "result": result}, **extra)

    async def initialized(self, asked: Asked) -> None:
        await asked.answer(202)

    async def tools(self, asked: Asked) -> None:
        await asked.answer(200, {"jsonrpc": "2.0", "id": 1, "result": {"tools": []}})

    async def get(self, asked: Asked) -> None:
        await asked.stream(": open\n\n")
        await forever()

    async def delete(self, asked: Asked) -> None:
        self.known.discard(asked.session or "")
        await asked.answer(200)

    async def lost(self, asked: Asked) -> None:
        error = {"code": -32001, "message": "Session not found"}
        await asked.answer(404, {"jsonrpc": "2.0", "id": None, "error": error})

    async def missing(self, asked: Asked) -> None:
        await asked.answer(400, "Bad Request: Mcp-Session-Id header is required")

    async def serve(self, asked: Asked) -> None:
        if asked.rpc == "server/discover":
            await self.discover(asked)
        elif asked.rpc == "initialize":
            await self.initialize(asked)
        else:
            await self.in_session(asked)

    async def in_session(self, asked: Asked) -> None:
        if self.with_sessions and asked.session is None:
            await self.missing(asked)
        elif self.with_sessions and asked.session not in self.known:
            await self.lost(asked)
        elif asked.method == "GET":
            await self.get(asked)
        elif asked.method == "DELETE":
            await self.delete(asked)
        elif asked.rpc == "notifications/initialized":
            await self.initialized(asked)
        else:
            await self.tools(asked)

    # --- the socket -------------------------------------------------------------------

    async def accept(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            asked = await _read(reader, writer, self.name)
            if asked is not None:
                serving = asyncio.create_task(self.serve(asked))
                gone = asyncio.create_task(reader.read(1))
                await asyncio.wait({serving, gone}, return_when="FIRST_COMPLETED")
                gone.cancel()
                serving.cancel()
                await asyncio.gather(serving, gone, return_exceptions=True)
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[str]:
        server = await asyncio.start_server(self.accept, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        try:
            yield f"http://127.0.0.1:{port}{self.path}"
        finally:
            server.close()


async def _read(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, name: str
) -> Asked | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.strip().split("\r\n")
    method, path, _ = first.split(" ", 2)
    headers = {
        key.strip().lower(): value.strip()
        for key, _, value in (line.partition(":") for line in lines)
    }
    size = int(headers.get("content-length", "0"))
    body = json.loads(await reader.readexactly(size)) if size else None
    return Asked(method, path, headers, body, writer, name)


# --- what is expected -----------------------------------------------------------------


@dataclass(frozen=True)
class Seen:
    """What a person who knows the server expects of the verdict."""

    causes: tuple[str, ...] = ()
    outcome: str = "cause-present"
    suspected: tuple[str, ...] = ()

    @classmethod
    def of(cls, report: Report) -> Seen:
        verdict = report.verdict
        return cls(verdict.causes, verdict.outcome, verdict.suspected)


HEALTHY = Seen(outcome="healthy")
UNKNOWN = Seen(outcome="could-not-tell")


def only(cause: str) -> Seen:
    return Seen((cause,))


def maybe(*causes: str) -> Seen:
    return Seen(outcome="could-not-tell", suspected=causes)


@dataclass(frozen=True)
class Trial:
    """One server, what is expected of its verdict, and what the person gives."""

    id: str
    world: World
    expected: Seen
    hold_s: float = 0.0
    given: Mapping[str, Any] = field(default_factory=dict)
    environ: Mapping[str, str] = field(default_factory=dict)


async def judge(trial: Trial) -> Report:
    async with copy.deepcopy(trial.world).running() as url:
        intake = Intake(url=url, hold_s=trial.hold_s, **trial.given)
        return (await triage(intake, environ=trial.environ)).shown


def _judged(trial: Trial) -> Report:
    return asyncio.run(judge(trial))


def judge_all(trials: Sequence[Trial]) -> dict[str, Report]:
    """Ask every server once, a few at a time, and return the reports by id."""
    found = ask_all(_judged, trials)
    return {trial.id: report for trial, report in zip(trials, found, strict=True)}
