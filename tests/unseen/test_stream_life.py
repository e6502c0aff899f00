"""Servers and hops that end streams, or hold them back, in every way but one."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

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

IDLE = only("lb-idle-60s")
FLAP = only("instant-close-flap")
HELD = only("headers-never-flushed")
TOTAL = only("platform-max-request-300s")
DEAD = only("stateless-200-dead-stream")
End = Literal["fin", "rst", "clean"]


async def finish(asked: Asked, end: End) -> None:
    if end == "clean":
        await asked.end()
    elif end == "rst":
        asked.reset()


@dataclass
class Idles(World):
    """Ends a stream that has been silent for a while; may say something first."""

    after_s: float = 1.2
    end: End = "fin"
    said: tuple[float, ...] = ()
    chunked: bool = True

    async def get(self, asked: Asked) -> None:
        await asked.stream(chunked=self.chunked)
        for pause in self.said:
            await asyncio.sleep(pause)
            await asked.say(": here\n\n")
        await asyncio.sleep(self.after_s)
        await finish(asked, self.end)


@dataclass
class Totals(World):
    """Sends keep-alives and ends every stream at one age all the same."""

    age_s: float = 2.0
    end: End = "fin"

    async def get(self, asked: Asked) -> None:
        await asked.stream()
        for _ in range(round(self.age_s / 0.3)):
            await asked.say(": beat\n\n")
            await asyncio.sleep(0.3)
        await finish(asked, self.end)


@dataclass
class CutsOnce(World):
    """Loses the oldest stream once, as soon as one has been open for 1.7 s."""

    end: End = "rst"
    all_at_once: bool = False
    open_now: list[Asked] = field(default_factory=list)
    struck: bool = False

    async def get(self, asked: Asked) -> None:
        await asked.stream()
        self.open_now.append(asked)
        clock = asyncio.create_task(self.strike())
        try:
            await forever()
        finally:
            clock.cancel()
            self.open_now.remove(asked)

    async def strike(self) -> None:
        await asyncio.sleep(1.7)
        if self.struck:
            return
        self.struck = True
        for asked in self.open_now[: None if self.all_at_once else 1]:
            await finish(asked, self.end)


@dataclass
class Flaps(World):
    """Ends each stream at once, after saying something or nothing."""

    said: str = ""
    end: End = "clean"
    after_s: float = 0.0

    async def get(self, asked: Asked) -> None:
        await asked.stream(self.said)
        await asyncio.sleep(self.after_s)
        await finish(asked, self.end)


@dataclass
class SlowGet(World):
    """Needs a while for the head of a GET, and may then write at once."""

    after_s: float = 3.0
    comment: str = ""
    post_s: float = 0.0

    async def serve(self, asked: Asked) -> None:
        await asyncio.sleep(self.post_s)
        await super().serve(asked)

    async def get(self, asked: Asked) -> None:
        await asyncio.sleep(self.after_s)
        await asked.stream(self.comment)
        await forever()


@dataclass
class Beats(World):
    """Holds the head back until the first keep-alive, as a buffering hop does."""

    every_s: float = 2.4

    async def get(self, asked: Asked) -> None:
        await asyncio.sleep(self.every_s)
        await asked.stream(": beat\n\n")
        while True:
            await asyncio.sleep(self.every_s)
            await asked.say(": beat\n\n")


@dataclass
class Pushes(World):
    """Has no sessions, and yet something to say to everybody."""

    with_sessions: bool = False
    event: str = (
        'data: {"jsonrpc":"2.0","method":"notifications/tools/list_changed"}\n\n'
    )

    async def get(self, asked: Asked) -> None:
        await asked.stream()
        await asyncio.sleep(0.6)
        await asked.say(self.event)
        await forever()


@dataclass
class DiesWhenReopened(World):
    """A new stream in an older session is opened and ended at once."""

    met: set[str | None] = field(default_factory=set)

    async def get(self, asked: Asked) -> None:
        await asked.stream()
        if asked.session not in self.met:
            self.met.add(asked.session)
            await forever()
        await asked.end()


LIMITS: tuple[tuple[float, End], ...] = (
    (1.2, "fin"),
    (2.0, "rst"),
    (3.0, "fin"),
    (1.4, "rst"),
)
TRIALS = [
    *(
        Trial(
            f"idle {after} s by {end}", Idles(after_s=after, end=end), IDLE, hold_s=5.0
        )
        for after, end in LIMITS
    ),
    Trial(
        "idle 1.5 s after bytes by fin",
        Idles(after_s=1.5, said=(0.2, 0.5)),
        IDLE,
        hold_s=5.0,
    ),
    Trial(
        "idle 1.5 s after bytes, politely",
        Idles(after_s=1.5, end="clean", said=(0.2, 0.5, 0.5)),
        IDLE,
        hold_s=5.0,
    ),
    Trial(
        "politely after 2 s of silence",
        Idles(after_s=2.0, end="clean"),
        maybe("lb-idle-60s"),
        hold_s=5.0,
    ),
    Trial("limit of 2 s on the whole life by fin", Totals(), TOTAL, hold_s=5.0),
    Trial(
        "limit of 2 s on the whole life by rst",
        Totals(end="rst"),
        TOTAL,
        hold_s=5.0,
    ),
    Trial(
        "limit of 2 s on the whole life, politely",
        Totals(end="clean"),
        TOTAL,
        hold_s=5.0,
    ),
    Trial("one stream cut once", CutsOnce(), UNKNOWN, hold_s=5.0),
    Trial("all streams cut once", CutsOnce(all_at_once=True), UNKNOWN, hold_s=5.0),
    Trial("one stream ended once", CutsOnce(end="clean"), HEALTHY, hold_s=5.0),
    Trial("bare flap", Flaps(), FLAP),
    Trial("flap after a comment", Flaps(said=": hi\n\n", after_s=0.15), FLAP),
    Trial("flap by reset", Flaps(end="rst", after_s=0.05), FLAP),
    Trial(
        "polling",
        Flaps(said="id: 7\nretry: 300\ndata:\n\n"),
        HEALTHY,
    ),
    Trial("polling without an id", Flaps(said="retry: 400\n\n"), HEALTHY),
    Trial("dies when reopened", DiesWhenReopened(), maybe("hidden-409-instant-close")),
    Trial("everything 1 s late", SlowGet(after_s=0.0, post_s=1.0), HEALTHY),
    Trial("POST 1 s, GET 3 s", SlowGet(after_s=2.0, post_s=1.0), HEALTHY),
    Trial("GET 3 s, head before any byte", SlowGet(), HEALTHY),
    Trial(
        "GET 3 s, then a comment at once",
        SlowGet(comment=": ok\n\n"),
        maybe("headers-never-flushed"),
    ),
    Trial("no head at all", SlowGet(after_s=60.0), HELD),
    Trial("no head at all, POST 1 s", SlowGet(after_s=60.0, post_s=1.0), HELD),
    Trial("head waits for the keep-alive", Beats(), HELD, hold_s=8.0),
    Trial("no session, dead stream", World(with_sessions=False), DEAD),
    Trial("no session, but pushes", Pushes(), HEALTHY),
]


@pytest.fixture(scope="module")
def reports() -> dict[str, Report]:
    return judge_all(TRIALS)


@pytest.mark.parametrize("each", TRIALS, ids=lambda each: each.id)
def test_stream_life_is_judged_fairly(
    each: Trial, reports: dict[str, Report], first_answer: FirstAnswer
) -> None:
    """The verdict is that of a person who knows the server."""
    report = reports[each.id]

    first_answer(report, fits=Seen.of(report) == each.expected)


def test_whole_life_limit_is_told(reports: dict[str, Report]) -> None:
    """A limit that keep-alives do not lift is named as one, though no cause."""
    summary = reports["limit of 2 s on the whole life by fin"].verdict.summary

    assert "whole life" in summary


def test_accident_is_told(reports: dict[str, Report]) -> None:
    """One cut at an odd moment is called one."""
    summary = reports["all streams cut once"].verdict.summary

    assert "happened once" in summary
