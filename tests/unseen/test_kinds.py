"""Servers and hops that were once taken for others; first answers count."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from first_answers import explain
from unseen.world import Asked, Trial, World, forever, judge_all, only

if TYPE_CHECKING:
    from first_answers import FirstAnswer
    from streamtriage.model import Report

pytestmark = [pytest.mark.real(part="servers"), pytest.mark.timeout(900)]

NGINX = "nginx/1.25.5"
PAGE = (
    "<html>\r\n<head><title>504 Gateway Time-out</title></head>\r\n<body>\r\n"
    "<center><h1>504 Gateway Time-out</h1></center>\r\n<hr><center>nginx/1.25.5"
    "</center>\r\n</body>\r\n</html>\r\n"
)
CONFLICT = {
    "jsonrpc": "2.0",
    "id": None,
    "error": {"code": -32000, "message": "Conflict: there is a stream already"},
}


@dataclass
class GivesUp(World):
    """A hop waits for the first byte of a GET and says 504 when it has had enough."""

    after_s: float = 2.4

    async def get(self, asked: Asked) -> None:
        await asyncio.sleep(self.after_s)
        await asked.answer(504, PAGE, "text/html")


@dataclass
class KeepsTheHead(World):
    """A hop keeps the head until it gives up, and lets it go with the cut."""

    after_s: float = 2.4

    async def get(self, asked: Asked) -> None:
        await asyncio.sleep(self.after_s)
        await asked.stream(": ok\n\n")


@dataclass
class CutsSilence(World):
    """Cuts what was silent for a second, sharp."""

    after_s: float = 1.0

    async def get(self, asked: Asked) -> None:
        await asked.stream()
        await asyncio.sleep(self.after_s)


@dataclass
class OpenDocument(World):
    """Begins a JSON document in answer to a GET, and never goes on."""

    async def get(self, asked: Asked) -> None:
        head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
        head += "Transfer-Encoding: chunked\r\n\r\n"
        asked.writer.write(head.encode())
        await forever()


@dataclass
class KnowsItsName(World):
    """Serves one host name only, and says so in words of its own."""

    async def serve(self, asked: Asked) -> None:
        if asked.headers.get("host", "").startswith("localhost"):
            await super().serve(asked)
            return
        error = {"code": -32000, "message": "Sorry, unknown hostname here"}
        await asked.answer(403, {"jsonrpc": "2.0", "id": None, "error": error})


@dataclass
class PromisesNothing(World):
    """Speaks both eras, promises no notification, and ends what listens for one."""

    async def discover(self, asked: Asked) -> None:
        result = {"supportedVersions": ["2026-07-28"], "capabilities": {"tools": {}}}
        await asked.answer(200, {"jsonrpc": "2.0", "id": 1, "result": result})

    async def serve(self, asked: Asked) -> None:
        if asked.rpc == "subscriptions/listen":
            await asked.stream()
            await asked.end()
            return
        await super().serve(asked)


@dataclass
class OneStream(World):
    """Has no session ids and one stream, for whoever comes first."""

    with_sessions: bool = False
    taken: bool = False
    elsewhere: bool = False

    async def get(self, asked: Asked) -> None:
        if self.taken or self.elsewhere:
            await asked.answer(409, CONFLICT)
            return
        self.taken = True
        try:
            await asked.stream()
            await forever()
        finally:
            self.taken = False


@dataclass
class FramesTwice(World):
    """Frames what is framed already, so that `initialize` has no answer."""

    async def initialize(self, asked: Asked) -> None:
        made = self.fresh_id()
        self.known.add(made)
        body = 'data: event: message\ndata: data: {"result":{},"id":1}\n\n'
        await asked.answer(200, body, "text/event-stream", Mcp_Session_Id=made)


@dataclass
class Shuts(World):
    """A hop that lets each session have one stream in its life."""

    streamed: set[str | None] = field(default_factory=set)

    async def get(self, asked: Asked) -> None:
        if asked.session in self.streamed:
            page = PAGE.replace("504 Gateway Time-out", "502 Bad Gateway")
            await asked.answer(502, page, "text/html")
            return
        self.streamed.add(asked.session)
        await super().get(asked)


TRIALS = [
    Trial("504 after a wait", GivesUp(name=NGINX), only("headers-never-flushed"), 8.0),
    Trial("head with the cut", KeepsTheHead(name=NGINX), only(""), 8.0),
    Trial("cut at 1.0 s", CutsSilence(), only("lb-idle-60s"), 3.0),
    Trial("an open document", OpenDocument(), only("get-200-html-or-json"), 2.0),
    Trial("another host name", KnowsItsName(), only("host-403")),
    Trial("nothing promised", PromisesNothing(), only(""), 2.0),
    Trial("one stream", OneStream(), only("one-transport-for-all"), 2.0),
    Trial(
        "one stream, taken", OneStream(elsewhere=True), only("one-transport-for-all")
    ),
    Trial("framed twice", FramesTwice(), only("bad-sse-bytes")),
    Trial("only the reopening", Shuts(name=NGINX), only("gateway-refuses-reopening")),
]


@pytest.fixture(scope="module")
def reports() -> dict[str, Report]:
    """Judge each server once: what a person would be told at the first time."""
    return judge_all(TRIALS)


@pytest.mark.parametrize(
    "trial", [each for each in TRIALS if each.expected != only("")], ids=lambda t: t.id
)
def test_kind_is_told_from_its_look_alike(
    trial: Trial, reports: dict[str, Report], first_answer: FirstAnswer
) -> None:
    report = reports[trial.id]

    first_answer(report, fits=report.verdict.causes == trial.expected.causes)


def test_a_head_that_comes_with_the_cut_is_a_limit(
    reports: dict[str, Report], first_answer: FirstAnswer
) -> None:
    """An idle limit, and a head that was held until it fired; no flap."""
    report = reports["head with the cut"]
    verdict = report.verdict

    both = set(verdict.causes) == {"headers-never-flushed", "lb-idle-60s"}
    first_answer(report, fits=both and verdict.owner == "proxy")


def test_what_was_measured_is_quoted(reports: dict[str, Report]) -> None:
    """Each wait stands for itself, with its unit; nothing is said of a mean."""
    because = reports["504 after a wait"].verdict.summary

    assert because.count("2.4 s") + because.count("2.5 s") >= 2, because


def test_open_document_is_not_asked_for_again(reports: dict[str, Report]) -> None:
    assert "for ever" not in reports["an open document"].verdict.summary


def test_nobody_listens_for_what_is_not_promised(reports: dict[str, Report]) -> None:
    report = reports["nothing promised"]

    assert report.verdict.outcome == "healthy", explain(report)
    assert "listen" not in {each.probe for each in report.evidence}


def test_nothing_works_where_initialize_has_no_answer(
    reports: dict[str, Report],
) -> None:
    report = reports["framed twice"]

    assert report.verdict.impact == "fatal"
    assert "data: event: message" in report.verdict.summary
