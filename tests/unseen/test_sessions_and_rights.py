"""Servers that lose sessions, refuse a second stream, or let a token expire."""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

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

LOST = only("server-restart-session-lost")
LOST_400 = Seen(("server-restart-session-lost", "session-400-instead-of-404"))
NOT_404 = only("session-400-instead-of-404")
HALF_OPEN = only("half-open-stream-409")
OLD_RMCP = only("rmcp-old-401-session")
REPLICAS = only("multi-replica-no-affinity")
EXPIRED = only("token-expired-no-provider")
TOKEN: dict[str, Any] = {"given": {"auth_env": "T"}, "environ": {"T": "secret-token-1"}}
CSHARP = (
    "Bad Request: This server does not support multiple GET requests. Start a new "
    "session or use Last-Event-ID header to resume."
)


@dataclass
class EndsWithStream(World):
    """Forgets a session as soon as its stream has ended."""

    status: int = 404
    body: Any = ""
    kind: str = ""

    async def get(self, asked: Asked) -> None:
        try:
            await super().get(asked)
        finally:
            self.known.discard(asked.session or "")

    async def lost(self, asked: Asked) -> None:
        await asked.answer(self.status, self.body, self.kind)


@dataclass
class Conflicts(World):
    """Counts a stream for a while after its client is gone."""

    for_s: float = 60.0
    status: int = 409
    body: str = "Conflict: Only one SSE stream is allowed per session"
    until: dict[str | None, float] = field(default_factory=dict)

    async def get(self, asked: Asked) -> None:
        if self.until.get(asked.session, 0.0) > time.monotonic():
            await asked.answer(self.status, self.body, "text/plain")
            return
        self.until[asked.session] = time.monotonic() + 3600
        try:
            await super().get(asked)
        finally:
            self.until[asked.session] = time.monotonic() + self.for_s


@dataclass
class OneForAll(Conflicts):
    """Allows a single stream at a time, whoever asks."""

    for_s: float = 0.0

    async def get(self, asked: Asked) -> None:
        if self.until.get(None, 0.0) > time.monotonic():
            await asked.answer(409, "busy", "text/plain")
            return
        self.until[None] = time.monotonic() + 3600
        try:
            await World.get(self, asked)
        finally:
            self.until[None] = 0.0


@dataclass
class OnceInALife(World):
    """One GET in a session, ever; the rest works."""

    had: set[str | None] = field(default_factory=set)

    async def get(self, asked: Asked) -> None:
        if asked.session in self.had:
            error = {"code": -32000, "message": CSHARP}
            await asked.answer(400, {"jsonrpc": "2.0", "id": "", "error": error})
            return
        self.had.add(asked.session)
        await super().get(asked)


@dataclass
class Replicas(World):
    """Several processes behind one address, in turn, each with its own sessions."""

    number: int = 2
    text: str = ""
    turn: int = 0
    owner: dict[str, int] = field(default_factory=dict)

    async def serve(self, asked: Asked) -> None:
        self.turn = (self.turn + 1) % self.number
        here = self.turn
        if asked.rpc == "initialize":
            before = set(self.known)
            await super().serve(asked)
            self.owner |= dict.fromkeys(self.known - before, here)
        elif asked.session and self.owner.get(asked.session) != here:
            await self.lost(asked)
        else:
            await super().serve(asked)

    async def lost(self, asked: Asked) -> None:
        if self.text:
            await asked.answer(404, self.text, "text/plain")
        else:
            await super().lost(asked)


@dataclass
class Expires(World):
    """Takes a token for a while and refuses it from then on."""

    after_s: float = 1.2
    body: Any = ""
    kind: str = ""
    challenge: str = ""
    born: float | None = None

    async def serve(self, asked: Asked) -> None:
        now = time.monotonic()
        self.born = self.born or now
        if now - self.born < self.after_s:
            await super().serve(asked)
            return
        extra = {"WWW_Authenticate": self.challenge} if self.challenge else {}
        await asked.answer(401, self.body, self.kind, **extra)


@dataclass
class OldRmcp(EndsWithStream):
    """Answers a session that it does not know with 401."""

    status: int = 401
    body: Any = "Unauthorized: Session not found"


@dataclass
class Answers(World):
    """Answers one kind of request otherwise; the rest is sound."""

    what: str = "tools"
    status: int = 200
    body: Any = ""
    pause_s: float = 0.0
    session_id: str = ""

    def fresh_id(self) -> str:
        return (
            f"{self.session_id}{self.next_number()}"
            if self.session_id
            else super().fresh_id()
        )

    async def _odd(self, asked: Asked) -> None:
        await asyncio.sleep(self.pause_s)
        await asked.answer(self.status, self.body)

    async def delete(self, asked: Asked) -> None:
        await (self._odd(asked) if self.what == "delete" else super().delete(asked))

    async def initialized(self, asked: Asked) -> None:
        odd = self.what == "initialized"
        await (self._odd(asked) if odd else super().initialized(asked))

    async def missing(self, asked: Asked) -> None:
        await (self._odd(asked) if self.what == "missing" else super().missing(asked))

    async def lost(self, asked: Asked) -> None:
        await (self._odd(asked) if self.what == "lost" else super().lost(asked))

    async def serve(self, asked: Asked) -> None:
        await (self._odd(asked) if self.what == "all" else super().serve(asked))


@dataclass
class BehindFrozenRelay(Conflicts):
    """Stands behind a relay that stops passing bytes and tells nobody of an end."""

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[str]:
        kept: list[asyncio.StreamWriter] = []
        async with super().running() as url:
            upstream = int(url.split(":")[2].partition("/")[0])

            async def relay(
                reader: asyncio.StreamReader, writer: asyncio.StreamWriter
            ) -> None:
                above, to_above = await asyncio.open_connection("127.0.0.1", upstream)
                kept.append(to_above)
                to_above.write(await reader.read(65536))
                with contextlib.suppress(OSError):
                    while data := await above.read(65536):
                        writer.write(data)
                        if b"text/event-stream" in data:
                            await forever()
                    writer.close()

            front = await asyncio.start_server(relay, "127.0.0.1", 0)
            port = front.sockets[0].getsockname()[1]
            try:
                yield url.replace(f":{upstream}/", f":{port}/")
            finally:
                front.close()
                for writer in kept:
                    writer.close()


GONE = {
    "jsonrpc": "2.0",
    "id": None,
    "error": {"code": -32001, "message": "Session not found"},
}
NO_VALID = {
    "jsonrpc": "2.0",
    "id": None,
    "error": {"code": -32000, "message": "Bad Request: No valid session ID provided"},
}
MALFORMED = {"error": "malformed session id"}
INVALID = 'Bearer error="invalid_token"'

TRIALS = [
    # sessions
    Trial("lost, JSON-RPC", EndsWithStream(body=GONE), LOST),
    Trial("lost, text", EndsWithStream(body="session not found\n"), LOST),
    Trial("lost, HTML", EndsWithStream(body="<h1>404</h1>", kind="text/html"), LOST),
    Trial("lost, empty", EndsWithStream(), LOST),
    Trial("lost, 400", EndsWithStream(status=400, body=NO_VALID), LOST_400),
    Trial("lost, old rmcp", OldRmcp(), OLD_RMCP),
    Trial("lost, old rmcp, with a token", OldRmcp(), OLD_RMCP, **TOKEN),
    Trial("dead session 400", Answers(what="lost", status=400, body=NO_VALID), NOT_404),
    Trial("replicas, two", Replicas(), REPLICAS),
    Trial(
        "replicas, three, text", Replicas(number=3, text="session not found"), REPLICAS
    ),
    # a second stream
    Trial("409 for ever", Conflicts(), HALF_OPEN),
    Trial("409 behind a frozen relay", BehindFrozenRelay(), HALF_OPEN),
    Trial("409 for half a second", Conflicts(for_s=0.5), HEALTHY),
    Trial("409 for two seconds", Conflicts(for_s=2.0), maybe("half-open-stream-409")),
    Trial(
        "400 session already exists",
        Conflicts(
            status=400, body="Session registration failed: session already exists"
        ),
        only("mcp-go-400-session-already-exists"),
    ),
    Trial("400 one GET for life", OnceInALife(), only("csharp-second-get-400")),
    # rights
    Trial(
        "token expires, JSON",
        Expires(body={"error": "invalid_token"}, challenge=INVALID),
        EXPIRED,
        hold_s=3.0,
        **TOKEN,
    ),
    Trial(
        "token expires, challenge only", Expires(challenge="Bearer"), EXPIRED, **TOKEN
    ),
    Trial("token expires, invalid_token only", Expires(challenge=INVALID), EXPIRED),
    Trial(
        "right ends, nothing given",
        Expires(body="Unauthorized", kind="text/plain"),
        maybe("token-expired-no-provider"),
    ),
    Trial(
        "401 from the start, nothing given",
        Expires(after_s=0.0, challenge='Bearer resource_metadata="https://x.invalid/"'),
        maybe("oauth-metadata-broken", "token-expired-no-provider"),
    ),
    Trial(
        "401 from the start, token given",
        Expires(after_s=0.0, challenge=INVALID),
        EXPIRED,
        **TOKEN,
    ),
    Trial(
        "401 login page",
        Expires(after_s=0.0, body="<html>Sign in</html>", kind="text/html"),
        UNKNOWN,
        **TOKEN,
    ),
    # everything else that may be odd and is not this
    Trial("DELETE 405", Answers(what="delete", status=405), HEALTHY),
    Trial("DELETE hangs", Answers(what="delete", pause_s=30.0), HEALTHY),
    Trial(
        "initialized 200",
        Answers(what="initialized", body={}),
        only("initialized-not-202"),
    ),
    Trial(
        "initialized 204",
        Answers(what="initialized", status=204),
        only("initialized-not-202"),
    ),
    Trial("initialized 400", Answers(what="initialized", status=400), UNKNOWN),
    Trial("503 for everything", Answers(what="all", status=503), UNKNOWN),
    Trial(
        "429 for everything", Answers(what="all", status=429), only("rate-limit-429")
    ),
    Trial("odd session ids", Answers(what="", session_id="~!Zq$*()'+=|x"), HEALTHY),
    Trial(
        "odd session ids, malformed is 400",
        Answers(
            what="lost",
            status=400,
            body=MALFORMED,
            session_id="Zq~x",
        ),
        NOT_404,
    ),
    Trial("one stream for everybody", OneForAll(), only("one-transport-for-all")),
]


@pytest.fixture(scope="module")
def reports() -> dict[str, Report]:
    return judge_all(TRIALS)


@pytest.mark.parametrize("each", TRIALS, ids=lambda each: each.id)
def test_session_is_judged_fairly(
    each: Trial, reports: dict[str, Report], first_answer: FirstAnswer
) -> None:
    """The verdict is that of a person who knows the server."""
    report = reports[each.id]

    first_answer(report, fits=Seen.of(report) == each.expected)


def test_replicas_are_counted(reports: dict[str, Report]) -> None:
    """A session that comes and goes is told with how often it came.

    Half of the times, or nearly: connections that overlap arrive in no fixed order.
    """
    summary = reports["replicas, two"].verdict.summary
    counted = re.search(r"accepted in (\d+) of 16 requests", summary)

    assert counted, summary
    assert 5 <= int(counted[1]) <= 11


def test_unknown_dialect_is_quoted(reports: dict[str, Report]) -> None:
    """A refusal that no cause explains is shown in the server's own words."""
    assert "multiple GET" in reports["400 one GET for life"].verdict.summary


def test_conflict_right_after_our_own_close_is_no_finding(
    reports: dict[str, Report],
) -> None:
    """Who notices a close two seconds late may never be met so by a client."""
    assert reports["409 for two seconds"].verdict.causes == ()
    assert reports["409 for ever"].verdict.impact == "degraded"
