"""What is taken at first and refused later: by pace, by place, by age or by id."""

from __future__ import annotations

import asyncio
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
    from first_answers import FirstAnswer
    from streamtriage.model import Report

pytestmark = [pytest.mark.real(part="servers"), pytest.mark.timeout(900)]

BUSY = (
    "<html><head><title>503 Service Temporarily Unavailable</title></head>"
    "<body><center><h1>503 Service Temporarily Unavailable</h1></center>"
    "<hr><center>nginx/1.22.1</center></body></html>"
)


@dataclass
class Paced(World):
    """A leaky bucket stands before it: so many at once, and so many a second."""

    burst: float = 4.0
    a_second: float = 1.5
    status: int = 503
    page: str = BUSY
    method: str = ""
    level: float = 0.0
    at_s: float = 0.0

    async def serve(self, asked: Asked) -> None:
        if self.method in ("", asked.method):
            now_s = time.monotonic()
            leaked = (now_s - self.at_s) * self.a_second
            level = max(self.level - leaked, 0.0) + 1
            if level > self.burst:
                kind = "text/html" if self.page.startswith("<") else "text/plain"
                await asked.answer(self.status, self.page, kind)
                return
            self.level, self.at_s = level, now_s
        await super().serve(asked)


@dataclass
class Away(World):
    """Is restarted behind a gateway, which has 503 for everything meanwhile."""

    at_s: float = 2.4
    for_s: float = 1.4
    began_s: float = 0.0

    async def serve(self, asked: Asked) -> None:
        self.began_s = self.began_s or time.monotonic()
        since_s = time.monotonic() - self.began_s
        if self.at_s < since_s < self.at_s + self.for_s:
            await asked.answer(503, "no healthy upstream", "text/plain")
        else:
            await super().serve(asked)

    async def get(self, asked: Asked) -> None:
        await asked.stream(": open\n\n")
        left_s = self.began_s + self.at_s - time.monotonic()
        if left_s > 0:
            await asyncio.sleep(left_s)
            asked.reset()
        await forever()


@dataclass
class OnePlace(World):
    """Keeps a session's one place for a stream, for ever or for a while after it."""

    status: int = 410
    said: str = "gone"
    free_after_s: float = 60.0
    headers: dict[str, str] = field(default_factory=dict)
    kept_until_s: dict[str | None, float] = field(default_factory=dict)

    async def get(self, asked: Asked) -> None:
        if time.monotonic() < self.kept_until_s.get(asked.session, 0.0):
            await asked.answer(self.status, self.said, **self.headers)
            return
        self.kept_until_s[asked.session] = float("inf")
        try:
            await super().get(asked)
        finally:
            until_s = time.monotonic() + self.free_after_s
            self.kept_until_s[asked.session] = until_s


@dataclass
class Rotates(World):
    """Gives a new id with each response, and forgets the one before, or does not."""

    forgets: bool = True

    async def serve(self, asked: Asked) -> None:
        plain = asked.answer

        async def renamed(
            status: int, body: Any = "", kind: str = "", **more: Any
        ) -> None:
            known = asked.method == "POST" and asked.session in self.known
            if known and status < 300:
                made = self.fresh_id()
                self.known.add(made)
                if self.forgets:
                    self.known.discard(asked.session or "")
                more = {**more, "Mcp_Session_Id": made}
            await plain(status, body, kind, **more)

        asked.answer = renamed  # type: ignore[method-assign,assignment]
        await super().serve(asked)


@dataclass
class Repeats(World):
    """Says on each response which session it belongs to."""

    async def tools(self, asked: Asked) -> None:
        result = {"jsonrpc": "2.0", "id": 1, "result": {"tools": []}}
        await asked.answer(200, result, Mcp_Session_Id=asked.session or "")


@dataclass
class SlowBeside(World):
    """Answers each request late while a stream is held, or at any time."""

    wait_s: float = 1.6
    always: bool = False
    held: int = 0

    async def get(self, asked: Asked) -> None:
        self.held += 1
        try:
            await super().get(asked)
        finally:
            self.held -= 1

    async def tools(self, asked: Asked) -> None:
        if self.held or self.always:
            await asyncio.sleep(self.wait_s)
        await super().tools(asked)


@dataclass
class FewPlaces(World):
    """Serves so many connections at a time; whoever comes then waits."""

    places: int = 2

    def __post_init__(self) -> None:
        self.free = asyncio.Semaphore(self.places)

    async def serve(self, asked: Asked) -> None:
        async with self.free:
            await super().serve(asked)


@dataclass
class WithIds(World):
    """Gives each event an id, refuses who comes back with it, and ends each stream."""

    status: int = 0
    said: str = "Bad Request"
    kind: str = ""
    reset_after_s: float = 0.0

    async def get(self, asked: Asked) -> None:
        if self.status and "last-event-id" in asked.headers:
            await asked.answer(self.status, self.said, self.kind)
            return
        note = '{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}'
        await asked.stream(f"id: 7\ndata: {note}\n\n")
        if self.reset_after_s:
            await asyncio.sleep(self.reset_after_s)
            asked.reset()
        await forever()


@dataclass
class Turns(World):
    """Takes so many requests, and from then on none."""

    takes: int = 11
    status: int = 500
    said: str = "Internal Server Error"
    met: int = 0

    async def serve(self, asked: Asked) -> None:
        self.met += 1
        if self.met > self.takes:
            await asked.answer(self.status, self.said)
        else:
            await super().serve(asked)


@dataclass
class OnceOnly(World):
    """Fails on each `initialize` but the first one."""

    connected: bool = False

    async def initialize(self, asked: Asked) -> None:
        if self.connected:
            await asked.answer(500, "already connected")
            return
        self.connected = True
        await super().initialize(asked)


@dataclass
class SaysYes(World):
    """Answers `initialize` 200, and with nothing that opens a session."""

    said: str | dict[str, Any] = ""
    kind: str = "application/json"

    async def initialize(self, asked: Asked) -> None:
        await asked.answer(200, self.said, self.kind)


@dataclass
class LimitsReopening(World):
    """Lets each session open one stream, and tells whoever asks again to slow down."""

    had: set[str | None] = field(default_factory=set)

    async def get(self, asked: Asked) -> None:
        if asked.session in self.had:
            await asked.answer(429, Retry_After="60")
            return
        self.had.add(asked.session)
        await super().get(asked)


@dataclass
class ShutsOut(World):
    """A hop that has a page of its own for each GET that bears a session id."""

    status: int = 404
    first: bool = False
    met: int = 0

    async def serve(self, asked: Asked) -> None:
        shut = asked.method == "GET" and asked.session is not None
        self.met += shut
        if shut and not (self.first and self.met == 1):
            page = BUSY.replace(
                "503 Service Temporarily Unavailable", f"{self.status} Whatever"
            )
            await asked.answer(self.status, page, "text/html")
        else:
            await super().serve(asked)


PACE = only("rate-limit-503")
REFUSED = only("reopening-refused")
TRIALS = [
    Trial("503 by pace", Paced(name="nginx/1.22.1"), PACE, 2.0),
    Trial("503 by pace, unnamed", Paced(page="slow down"), PACE, 2.0),
    Trial("403 by pace", Paced(status=403, page="too fast"), PACE, 2.0),
    Trial(
        "503 for GETs by pace",
        Paced(method="GET", burst=1.0, a_second=0.25),
        PACE,
        2.0,
    ),
    Trial("503 while it is away", Away(), only("deploy-window-5xx"), 6.0),
    Trial("410 for ever", OnePlace(), REFUSED, 2.0),
    Trial("500 for ever", OnePlace(status=500, said="oops"), REFUSED, 2.0),
    Trial(
        "503, come back later",
        OnePlace(status=503, said="", headers={"Retry_After": "30"}),
        REFUSED,
        2.0,
    ),
    Trial(
        "423 for 4 s", OnePlace(status=423, said="Locked", free_after_s=4.0), REFUSED
    ),
    Trial(
        "503 for 1.7 s",
        OnePlace(status=503, said="", free_after_s=1.7),
        REFUSED,
        2.0,
    ),
    Trial("410 for a moment", OnePlace(free_after_s=0.3), HEALTHY, 2.0),
    Trial("429 on reopening", LimitsReopening(), only("rate-limit-429"), 2.0),
    Trial("an id that changes", Rotates(), only("session-id-changes"), 2.0),
    Trial("an id that is added", Rotates(forgets=False), HEALTHY, 2.0),
    Trial("an id that is repeated", Repeats(), HEALTHY, 2.0),
    Trial("slow beside a stream", SlowBeside(), only("posts-wait-for-stream"), 2.0),
    Trial("slow at any time", SlowBeside(always=True), HEALTHY, 2.0),
    Trial("two places", FewPlaces(), maybe("limit-counts-open-streams"), 2.0),
    Trial("forty places", FewPlaces(places=40), HEALTHY, 2.0),
    Trial("ids, and a reset", WithIds(reset_after_s=1.5), only("lb-idle-60s"), 4.0),
    Trial("ids", WithIds(), HEALTHY, 2.0),
    Trial(
        "an id that a hop refuses",
        WithIds(status=403, said=BUSY.replace("503", "403"), kind="text/html"),
        only("event-id-rejected"),
        2.0,
    ),
    Trial(
        "an id that meets a conflict",
        WithIds(status=409, said="Conflict"),
        maybe("half-open-stream-409"),
        2.0,
    ),
    Trial("500 from the twelfth on", Turns(), UNKNOWN, 2.0),
    Trial("banned after eleven", Turns(status=403, said="banned"), UNKNOWN, 2.0),
    Trial("one initialize", OnceOnly(), UNKNOWN, 2.0),
    Trial("200 and nothing", SaysYes(), UNKNOWN),
    Trial("200 and an error", SaysYes(said={"error": "no upstream"}), UNKNOWN),
    Trial("GETs of sessions shut out", ShutsOut(), only("gateway-blocks-get"), 2.0),
    Trial("all but the first shut out", ShutsOut(status=503, first=True), UNKNOWN, 2.0),
]


@pytest.fixture(scope="module")
def reports() -> dict[str, Report]:
    """Judge each server once: what a person would be told at the first time."""
    return judge_all(TRIALS)


@pytest.mark.parametrize("trial", TRIALS, ids=lambda t: t.id)
def test_what_is_refused_later_is_told_from_its_look_alike(
    trial: Trial, reports: dict[str, Report], first_answer: FirstAnswer
) -> None:
    report = reports[trial.id]

    first_answer(report, fits=Seen.of(report) == trial.expected)


@pytest.mark.parametrize(
    ("name", "owner", "impact", "said"),
    [
        ("503 by pace", "proxy", "fatal", "the page is that of nginx"),
        ("503 by pace, unnamed", "server or a hop before it", "fatal", "slow down"),
        ("410 for ever", "server or a hop before it", "degraded", "410"),
        (
            "503, come back later",
            "server or a hop before it",
            "degraded",
            "`Retry-After: 30`",
        ),
        (
            "423 for 4 s",
            "server or a hop before it",
            "degraded",
            "kept for a while",
        ),
        ("503 for 1.7 s", "server or a hop before it", "cosmetic", "accepted at +2.5"),
        ("an id that changes", "server", "fatal", "another Mcp-Session-Id"),
        ("slow beside a stream", "server", "degraded", "only after"),
        ("an id that a hop refuses", "proxy", "degraded", "that of nginx"),
        ("GETs of sessions shut out", "proxy", "degraded", "nginx"),
        ("500 from the twelfth on", None, "fatal", "each was answered 500"),
        ("banned after eleven", None, "fatal", "each was answered 403"),
        ("one initialize", None, "fatal", "but no other one"),
        ("200 and nothing", None, "fatal", "with an empty body"),
        ("200 and an error", None, "fatal", "no JSON-RPC response"),
        ("all but the first shut out", None, "unknown", "were accepted"),
    ],
)
def test_whose_it_is_and_what_was_measured_is_said(
    name: str, owner: str | None, impact: str, said: str, reports: dict[str, Report]
) -> None:
    verdict = reports[name].verdict

    assert (verdict.owner, verdict.impact) == (owner, impact)
    assert said in verdict.summary


def test_a_fix_of_pace_fits_who_wrote_the_refusal(reports: dict[str, Report]) -> None:
    """Where its page was seen, nginx is named first."""
    lead = reports["503 by pace"].verdict.lead
    found = next(f for f in reports["503 by pace"].findings if f.cause == lead)

    assert found.fixes[0].where.startswith("nginx")
