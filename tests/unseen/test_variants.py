"""Servers that break in nearly the ways that are known, each a step beside one."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from unseen.test_in_between import Full
from unseen.world import (
    HEALTHY,
    RESULT,
    UNKNOWN,
    Asked,
    Seen,
    Trial,
    World,
    forever,
    judge_all,
    only,
)

if TYPE_CHECKING:
    from first_answers import FirstAnswer
    from streamtriage.model import Report

pytestmark = pytest.mark.real(part="servers")


@dataclass
class SlashWanted(World):
    """Is found with a slash at the end only."""

    async def serve(self, asked: Asked) -> None:
        if asked.path.endswith("/"):
            await super().serve(asked)
        else:
            await asked.answer(404, "404 page not found\n", "text/plain")


@dataclass
class CharsetWanted(World):
    """Takes JSON with its charset named alone."""

    async def serve(self, asked: Asked) -> None:
        kind = asked.headers.get("content-type", "")
        if asked.method == "POST" and "charset" not in kind:
            await asked.answer(415, "Unsupported Media Type", "text/plain")
        else:
            await super().serve(asked)


@dataclass
class OneTypeAccepted(World):
    """Takes a POST that accepts JSON and nothing beside it."""

    async def serve(self, asked: Asked) -> None:
        if asked.method == "POST" and asked.headers.get("accept") != "application/json":
            await asked.answer(406, "Not Acceptable", "text/plain")
        else:
            await super().serve(asked)


@dataclass
class Typed(World):
    """Sends each response as another type."""

    kind: str = "text/html; charset=utf-8"

    async def initialize(self, asked: Asked) -> None:
        made = self.fresh_id()
        self.known.add(made)
        result = {**RESULT, "serverInfo": {"name": "unseen", "version": "0"}}
        text = json.dumps({"jsonrpc": "2.0", "id": asked.number, "result": result})
        await asked.answer(200, text, self.kind, Mcp_Session_Id=made)

    async def tools(self, asked: Asked) -> None:
        result: dict[str, Any] = {"tools": []}
        text = json.dumps({"jsonrpc": "2.0", "id": asked.number, "result": result})
        await asked.answer(200, text, self.kind)


@dataclass
class Acknowledges(World):
    """Takes a call with 202, and answers it nowhere."""

    async def tools(self, asked: Asked) -> None:
        await asked.answer(202)


@dataclass
class EndsStream(World):
    """Ends, or resets, the stream of a session a moment after each call in it."""

    resets: bool = False
    streams: dict[str | None, Asked] = field(default_factory=dict)
    ending: set[asyncio.Task[None]] = field(default_factory=set)

    async def get(self, asked: Asked) -> None:
        self.streams[asked.session] = asked
        await super().get(asked)

    async def tools(self, asked: Asked) -> None:
        await super().tools(asked)
        stream = self.streams.pop(asked.session, None)
        if stream is not None:
            self.ending.add(asyncio.create_task(self.end(stream)))

    async def end(self, stream: Asked) -> None:
        await asyncio.sleep(0.1)
        if stream.writer.is_closing():
            return
        if self.resets:
            stream.reset()
        else:
            await stream.end()
            stream.writer.close()


@dataclass
class HeldByGateway(World):
    """Is asked for its stream by a gateway that gives up after a while."""

    async def get(self, asked: Asked) -> None:
        await asyncio.sleep(2.5)
        page = "<html><head><title>504 Gateway Time-out</title></head><body><center>"
        page += "<h1>504 Gateway Time-out</h1></center><hr><center>nginx</center>"
        await asked.answer(
            504, f"{page}</body></html>", "text/html", "Gateway Time-out"
        )


@dataclass
class Serial(World):
    """Serves nothing else while a stream is open."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def serve(self, asked: Asked) -> None:
        async with self.lock:
            await super().serve(asked)


@dataclass
class StopsAtSecond(World):
    """Answers nobody any more once a second stream is asked for."""

    gets: int = 0

    async def serve(self, asked: Asked) -> None:
        if self.gets > 1:
            await forever()
        await super().serve(asked)

    async def get(self, asked: Asked) -> None:
        self.gets += 1
        if self.gets > 1:
            await forever()
        await super().get(asked)


@dataclass
class Slow(World):
    """Takes its time for a session, or for each call, and answers right."""

    greets_s: float = 0.0
    calls_s: float = 0.0

    async def initialize(self, asked: Asked) -> None:
        await asyncio.sleep(self.greets_s)
        await super().initialize(asked)

    async def tools(self, asked: Asked) -> None:
        await asyncio.sleep(self.calls_s)
        await super().tools(asked)


@dataclass
class Fails(World):
    """Answers a call, or `initialize`, with an error of its own in JSON-RPC."""

    code: int = -32603
    greets: bool = True

    async def initialize(self, asked: Asked) -> None:
        if self.greets:
            await super().initialize(asked)
        else:
            await self.fail(asked)

    async def tools(self, asked: Asked) -> None:
        await self.fail(asked)

    async def fail(self, asked: Asked) -> None:
        error = {"code": self.code, "message": "The database is locked"}
        await asked.answer(200, {"jsonrpc": "2.0", "id": 1, "error": error})


@dataclass
class OneForAll(World):
    """Has one id for all sessions."""

    def fresh_id(self) -> str:
        return "the-one-session-0001"


@dataclass
class Cut(World):
    """Closes each stream after a while, and opens it again at once."""

    after_s: float = 1.5

    async def get(self, asked: Asked) -> None:
        await asked.stream(": open\n\n")
        await asyncio.sleep(self.after_s)
        asked.writer.close()


SCOPE = 'Bearer error="insufficient_scope", scope="mcp:stream"'


@dataclass
class ScopeLacks(World):
    async def get(self, asked: Asked) -> None:
        await asked.answer(403, {"error": "scope"}, WWW_Authenticate=SCOPE)


@dataclass
class TakesNoVersion(World):
    """Agrees on the oldest revision, and takes no note that names it in a header."""

    async def initialize(self, asked: Asked) -> None:
        made = self.fresh_id()
        self.known.add(made)
        result = {**RESULT, "protocolVersion": "2024-11-05"}
        body = {"jsonrpc": "2.0", "id": 1, "result": result}
        await asked.answer(200, body, Mcp_Session_Id=made)

    async def in_session(self, asked: Asked) -> None:
        named = "mcp-protocol-version" in asked.headers
        if named and asked.rpc == "notifications/initialized":
            await asked.answer(400, "Unsupported header: MCP-Protocol-Version")
        else:
            await super().in_session(asked)


def trial(name: str, world: World, expected: Seen, **more: Any) -> Trial:
    return Trial(name, world, expected, hold_s=4.0, **more)


TRIALS = [
    trial("sound", World(), HEALTHY),
    trial("a slash is wanted", SlashWanted(), only("wrong-path")),
    trial("a charset is wanted", CharsetWanted(), only("one-change-mends")),
    trial("no version is taken", TakesNoVersion(), only("one-change-mends")),
    trial("one type may be accepted", OneTypeAccepted(), only("accept-406")),
    trial("JSON as HTML", Typed(), only("reply-content-type")),
    trial("JSON as text", Typed(kind="text/plain"), only("reply-content-type")),
    trial("JSON without a type", Typed(kind=""), only("reply-content-type")),
    trial("JSON by a suffix", Typed(kind="application/json; v=1"), HEALTHY),
    trial("a call is acknowledged", Acknowledges(), only("request-answered-202")),
    trial("a call ends the stream", EndsStream(), only("post-ends-stream")),
    trial(
        "a call resets the stream", EndsStream(resets=True), only("post-ends-stream")
    ),
    trial("a gateway gives up", HeldByGateway(), only("headers-never-flushed")),
    trial("one at a time", Serial(), only("posts-wait-for-stream")),
    trial("stops at the second", StopsAtSecond(), only("server-fell-silent")),
    trial("slow to greet", Slow(greets_s=5.0), HEALTHY),
    trial("slow to answer", Slow(calls_s=2.5), HEALTHY),
    trial("a call fails", Fails(), UNKNOWN),
    trial("no session is opened", Fails(greets=False, code=-32602), UNKNOWN),
    trial("a server without tools", Fails(code=-32601), HEALTHY),
    trial("one session for all", OneForAll(), only("one-session-for-all")),
    trial("every third is refused", Full(every=3), UNKNOWN),
    trial("cut at 1.5 s", Cut(), only("lb-idle-60s")),
    trial("a scope lacks", ScopeLacks(), only("insufficient-scope-403")),
]


@pytest.fixture(scope="module")
def reports() -> dict[str, Report]:
    return judge_all(TRIALS)


@pytest.mark.parametrize("each", TRIALS, ids=lambda each: each.id)
def test_variant_is_judged_fairly(
    each: Trial, reports: dict[str, Report], first_answer: FirstAnswer
) -> None:
    """The verdict is that of a person who knows the server."""
    report = reports[each.id]

    first_answer(report, fits=Seen.of(report) == each.expected)


@pytest.mark.parametrize("name", ["a call fails", "no session is opened"])
def test_a_failure_within_an_answer_is_told(
    name: str, reports: dict[str, Report]
) -> None:
    verdict = reports[name].verdict

    assert "The database is locked" in verdict.summary
    assert verdict.impact == "fatal"


@pytest.mark.parametrize("each", TRIALS, ids=lambda each: each.id)
def test_what_is_known_leaves_nothing_unexplained(
    each: Trial, reports: dict[str, Report]
) -> None:
    verdict = reports[each.id].verdict

    assert not (each.expected.causes and verdict.causes and verdict.unexplained)
