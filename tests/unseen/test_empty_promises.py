"""Servers that answer 200 without what was asked for, or send clients back at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from unseen.world import (
    HEALTHY,
    UNKNOWN,
    Asked,
    Trial,
    World,
    judge_all,
    only,
)
from unseen.world import Seen as Expected

if TYPE_CHECKING:
    from first_answers import FirstAnswer
    from streamtriage.model import Report

pytestmark = [pytest.mark.real(part="servers"), pytest.mark.timeout(900)]

LOGIN = "<!doctype html><title>Sign in</title><form action=/login></form>"


@dataclass
class Answers(World):
    """Answers what is asked in a session with 200 and this body."""

    body: Any = ""
    kind: str = ""

    async def tools(self, asked: Asked) -> None:
        await asked.answer(200, self.body, self.kind)


@dataclass
class EndsItsAnswer(World):
    """Answers with a stream that ends before the response is on it."""

    said: str = ""

    async def tools(self, asked: Asked) -> None:
        await asked.stream(self.said)
        await asked.end()


@dataclass
class SendsBack(World):
    """Ends each stream at once and says when to come back."""

    said: str = ""

    async def get(self, asked: Asked) -> None:
        await asked.stream(self.said)
        await asked.end()


FLAP = only("instant-close-flap")
TRIALS = [
    Trial("a login page", Answers(body=LOGIN, kind="text/html"), UNKNOWN),
    Trial("nothing", Answers(), UNKNOWN),
    Trial("other JSON", Answers(body={"status": "ok"}), UNKNOWN),
    Trial("an empty stream", EndsItsAnswer(), UNKNOWN),
    Trial("a stream of comments", EndsItsAnswer(said=": ok\n\n"), UNKNOWN),
    # A refusal of the request is an answer to it.
    Trial(
        "an error",
        Answers(body={"jsonrpc": "2.0", "id": 1, "error": {"code": -32601}}),
        HEALTHY,
    ),
    Trial("back after 31 bits and one", SendsBack(said="retry: 2147483648\n\n"), FLAP),
    Trial("back after ages", SendsBack(said=f"id: 7\nretry: {10**12}\n\n"), FLAP),
    Trial(
        "back after 2 s, by an id",
        SendsBack(said="id: 7\nretry: 2000\ndata:\n\n"),
        HEALTHY,
    ),
]


@pytest.fixture(scope="module")
def reports() -> dict[str, Report]:
    return judge_all(TRIALS)


@pytest.mark.parametrize("each", TRIALS, ids=lambda each: each.id)
def test_promise_is_judged_fairly(
    each: Trial, reports: dict[str, Report], first_answer: FirstAnswer
) -> None:
    """The verdict is that of a person who knows the server."""
    report = reports[each.id]

    first_answer(report, fits=Expected.of(report) == each.expected)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("a login page", "Clients print `Unexpected content type: text/html`"),
        ("other JSON", "waits for its answer"),
        ("back after 31 bits and one", "`retry: 2147483648` is more than a timer"),
    ],
)
def test_summary_says_what_clients_do(
    name: str, words: str, reports: dict[str, Report]
) -> None:
    assert words in reports[name].verdict.summary
