"""A server of HTTP+SSE (revision 2024-11-05) made of bytes, with faults to choose."""

from __future__ import annotations

import asyncio
import contextlib
import json
from dataclasses import dataclass, field
from typing import Any, Literal

from byte_server import (
    SSE_HEAD,
    ByteServer,
    chunk,
    play,
    read_request,
    reset,
    response,
)

__all__ = ["OldServer"]

_RESULT = {
    "protocolVersion": "2024-11-05",
    "capabilities": {"tools": {}},
    "serverInfo": {"name": "old", "version": "1"},
}


@dataclass
class OldServer(ByteServer):
    """GET at `path` opens a session, POST at `/say` uses it while its stream is open.

    A stream ends by `end` after `total_s`, or after `idle_s` without a byte of it.
    `named` is the endpoint that the stream names, `{}` being the session.
    """

    path: str = "/sse"
    total_s: float | None = None
    idle_s: float | None = None
    end: Literal["rst", "fin", "clean"] = "rst"
    every_s: float | None = None
    named: str = "/say?sid={}"
    answers: Literal["stream", "post", "never"] = "stream"
    at_url: bytes = field(default=response(405, "Method Not Allowed"))
    streams: dict[str, asyncio.StreamWriter] = field(default_factory=dict)
    opened: int = 0
    _last: dict[str, float] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}{self.path}"

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> Literal["fin", "rst", "ours"]:
        request = await read_request(reader)
        if request is None:
            return "fin"
        self.requests.append(request)
        self._news.set()
        path, _, query = request.target.partition("?")
        if request.method == "GET" and path == self.path:
            return await self._hold(reader, writer)
        if path == self.path:
            writer.write(self.at_url)
        elif path == "/say":
            await self._say(query.removeprefix("sid="), request.body, writer)
        else:
            writer.write(response(404, "Not Found", b"no such path"))
        await writer.drain()
        while await reader.read(65536):
            pass
        return "fin"

    async def _hold(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> Literal["fin", "rst", "ours"]:
        self.opened += 1
        sid = f"5e55-{self.opened:08x}"
        self.streams[sid] = writer
        writer.write(SSE_HEAD)
        self._write(sid, f"event: endpoint\ndata: {self.named.format(sid)}\n\n")
        ending = asyncio.create_task(self._end(sid))
        gone = asyncio.create_task(reader.read(1))
        try:
            await asyncio.wait({ending, gone}, return_when=asyncio.FIRST_COMPLETED)
            return "ours" if ending.done() else "fin"
        finally:
            self.streams.pop(sid, None)
            for task in (ending, gone):
                task.cancel()
            await asyncio.gather(ending, gone, return_exceptions=True)

    async def _end(self, sid: str) -> None:
        now = asyncio.get_running_loop().time
        began = said = now()
        while True:
            await asyncio.sleep(0.01)
            old = self.total_s is not None and now() - began >= self.total_s
            idle = self.idle_s is not None and now() - self._last[sid] >= self.idle_s
            if old or idle:
                break
            if self.every_s is not None and now() - said >= self.every_s:
                said = now()
                self._write(sid, ": ping\n\n")
        writer = self.streams.pop(sid)
        if self.end == "rst":
            reset(writer)
            return
        if self.end == "clean":
            writer.write(b"0\r\n\r\n")
        with contextlib.suppress(OSError):
            await play("fin", writer)

    async def _say(self, sid: str, body: bytes, writer: asyncio.StreamWriter) -> None:
        if sid not in self.streams:
            writer.write(response(404, "Not Found", b"Session not found"))
            return
        message: dict[str, Any] = json.loads(body)
        result = _RESULT if message["method"] == "initialize" else {"tools": []}
        reply = json.dumps(
            {"jsonrpc": "2.0", "id": message.get("id"), "result": result}
        )
        if self.answers == "post" and "id" in message:
            writer.write(response(200, "OK", reply.encode(), kind="application/json"))
            return
        writer.write(response(202, "Accepted", b"Accepted"))
        if "id" in message and self.answers == "stream":
            self._write(sid, f"event: message\ndata: {reply}\n\n")

    def _write(self, sid: str, text: str) -> None:
        self._last[sid] = asyncio.get_running_loop().time()
        self.streams[sid].write(chunk(text.encode()))
