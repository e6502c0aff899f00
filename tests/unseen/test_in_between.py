"""What stands before the server or in its place, as real products of that kind did."""

from __future__ import annotations

import asyncio
import contextlib
import email.utils
import math
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from first_answers import explain
from unseen.world import (
    HEALTHY,
    UNKNOWN,
    Asked,
    Seen,
    Trial,
    World,
    forever,
    judge_all,
    maybe,
    only,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from first_answers import FirstAnswer
    from streamtriage.model import Report

pytestmark = [pytest.mark.real(part="servers"), pytest.mark.timeout(900)]

CACHED = only("cdn-caches-stream")
NOT_PASSED = only("session-id-not-exposed")


@dataclass
class Through(World):
    """A proxy that dates what passes and tells its Age, as RFC 9111 has it computed."""

    kept: dict[str, float] = field(default_factory=dict)
    keeps: tuple[int, ...] = ()

    async def serve(self, asked: Asked) -> None:
        plain = asked.answer

        async def through(
            status: int, body: Any = "", kind: str = "", **more: Any
        ) -> None:
            if asked.method == "GET" and status in self.keeps:
                self.kept.setdefault(asked.path, time.time())
            await plain(status, body, kind, **more, **self.dated(time.time()))

        asked.answer = through  # type: ignore[method-assign,assignment]
        at = self.kept.get(asked.path) if asked.method == "GET" else None
        if at is not None:
            error = {"code": -32001, "message": "Session not found"}
            told = {"jsonrpc": "2.0", "id": None, "error": error}
            await plain(404, told, **self.dated(at))
        else:
            await super().serve(asked)

    def dated(self, at: float) -> dict[str, str]:
        """Return the Age of something that the server wrote at this time."""
        date = math.floor(at)
        age = math.floor(time.time()) - date
        return {"Date": email.utils.formatdate(date, usegmt=True), "Age": str(age)}

    async def get(self, asked: Asked) -> None:
        # Written just before a whole second, and passed on just after it.
        date = email.utils.formatdate(math.floor(time.time()), usegmt=True)
        head = f"HTTP/1.1 200 OK\r\nDate: {date}\r\nAge: 1\r\n"
        kind = "Content-Type: text/event-stream\r\n"
        head += f"{kind}Transfer-Encoding: chunked\r\n\r\n"
        asked.writer.write(head.encode())
        await asked.say(": open\n\n")
        await forever()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[str]:
        async with super().running() as url:
            yield url
        # Whatever this tool asks, no refusal may be left for others to be given.
        assert self.path not in self.kept


@dataclass
class DropsHeader(World):
    """A gateway that lets only the request headers through that it knows."""

    said: str = "Bad Request: Mcp-Session-Id header is required"

    async def in_session(self, asked: Asked) -> None:
        await asked.answer(400, self.said)


@dataclass
class OneTransport(World):
    """One transport for all clients: it takes a single `initialize`."""

    async def initialize(self, asked: Asked) -> None:
        if not self.known:
            await super().initialize(asked)
            return
        error = {"code": -32600, "message": "Invalid Request: already initialized"}
        await asked.answer(400, {"jsonrpc": "2.0", "id": None, "error": error})


@dataclass
class Full(World):
    """Has no room for some of the requests, as behind a limit on their number."""

    asked: int = 0
    every: int = 4

    async def serve(self, asked: Asked) -> None:
        self.asked += asked.method == "POST"
        if asked.method == "POST" and self.asked % self.every == 0:
            await asked.answer(503, "Service Unavailable", reason="Service Unavailable")
        else:
            await super().serve(asked)


@dataclass
class Ends(World):
    """A process that serves so many requests and then ends."""

    left: int = 9
    server: asyncio.Server | None = None

    async def serve(self, asked: Asked) -> None:
        self.left -= 1
        if self.left < 0 and self.server is not None:
            self.server.close()
        await super().serve(asked)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[str]:
        self.server = await asyncio.start_server(self.accept, "127.0.0.1", 0)
        port = self.server.sockets[0].getsockname()[1]
        try:
            yield f"http://127.0.0.1:{port}{self.path}"
        finally:
            self.server.close()


@dataclass
class ShortLived(World):
    """Forgets a session that nobody uses or listens in, here after a short time."""

    idle_s: float = 0.7
    used: dict[str, float] = field(default_factory=dict)
    at_work: list[str] = field(default_factory=list)

    async def in_session(self, asked: Asked) -> None:
        now, session = time.monotonic(), asked.session or ""
        idle_s = now - self.used.get(session, now)
        if idle_s > self.idle_s and session not in self.at_work:
            self.known.discard(session)
        self.at_work.append(session)
        try:
            await super().in_session(asked)
        finally:
            self.at_work.remove(session)
            self.used[session] = time.monotonic()


@dataclass
class WebSocketOnly(World):
    """A WebSocket server: it ends what is no GET, and asks a GET to upgrade."""

    async def serve(self, asked: Asked) -> None:
        if asked.method == "GET":
            await asked.answer(426, "Upgrade", Upgrade="websocket", Connection="close")


@dataclass
class Chat(World):
    """Another application's events, in answer to any POST."""

    async def serve(self, asked: Asked) -> None:
        if asked.method != "POST":
            await asked.answer(405)
            return
        await asked.stream()
        for word in ("hello", "there", "[DONE]"):
            await asked.say(f"data: {word}\n\n")
        await asked.end()


@dataclass
class Limiter(World):
    """A gateway's plain 503, as it answers to too many requests or in maintenance."""

    async def serve(self, asked: Asked) -> None:
        title = "503 Service Temporarily Unavailable"
        page = f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center>"
        page += f"<h1>{title}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>"
        await asked.answer(503, page, "text/html", "Service Temporarily Unavailable")


@dataclass
class FileServer(World):
    """Static files over HTTP: a list of them for GET, an error page for the rest."""

    async def serve(self, asked: Asked) -> None:
        listing = "<!DOCTYPE HTML>\n<html><head><title>Directory</title></head></html>"
        status = 200 if asked.method == "GET" else 501
        await asked.answer(status, listing, "text/html")


CHAT = "data: hello"
# The trial, and words that a person who knows the cause would say too.
TRIALS = [
    (Trial("a proxy that tells an Age", Through(), HEALTHY), ""),
    (Trial("a cache keeps a 404", Through(keeps=(404,)), CACHED), "every GET until"),
    (Trial("the id is dropped", DropsHeader(), NOT_PASSED), "request header away"),
    (
        Trial(
            "the id is unknown",
            DropsHeader(said="No valid session ID"),
            only("issued-session-unknown"),
        ),
        "as an id is that nobody issued",
    ),
    (
        Trial("one transport", OneTransport(), only("one-session-only")),
        "one session at a time",
    ),
    (Trial("no room for some", Full(), UNKNOWN), "is limited"),
    (
        Trial("nine requests", Ends(), only("server-gone-meanwhile")),
        "its process ended",
    ),
    (
        Trial(
            "sessions of 0.7 s",
            ShortLived(),
            maybe("session-idle-reaped"),
            given={"idle_s": 4},
        ),
        "the limit is shorter",
    ),
    (Trial("WebSocket", WebSocketOnly(), UNKNOWN), "speaks WebSocket"),
    (Trial("a chat", Chat(), UNKNOWN), CHAT),
    (Trial("a plain 503", Limiter(), UNKNOWN), "`not now`"),
    (Trial("files", FileServer(), only("spa-catchall")), "`initialize` 501"),
]


@pytest.fixture(scope="module")
def reports() -> dict[str, Report]:
    return judge_all([trial for trial, _ in TRIALS])


@pytest.mark.parametrize(("trial", "words"), TRIALS, ids=[t.id for t, _ in TRIALS])
def test_what_stands_there_is_told(
    trial: Trial, words: str, reports: dict[str, Report], first_answer: FirstAnswer
) -> None:
    """The verdict, and the sentence, are those of a person who knows what it is."""
    report = reports[trial.id]

    first_answer(report, fits=Seen.of(report) == trial.expected)
    assert words in report.verdict.summary, explain(report)
    assert "report to the operator" not in report.verdict.next_step or words == CHAT
