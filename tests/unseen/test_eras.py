"""Servers of the new revision, of both, and old ones that mishandle its first words."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import pytest

from unseen.world import (
    HEALTHY,
    UNKNOWN,
    Asked,
    Seen,
    Trial,
    World,
    judge_all,
    maybe,
    only,
)

if TYPE_CHECKING:
    from first_answers import FirstAnswer
    from streamtriage.model import Report

pytestmark = [pytest.mark.real(part="servers"), pytest.mark.timeout(900)]

TOO_NEW = only("modern-only-server")
V1 = "Streamable HTTP error: Failed to open SSE stream: Method Not Allowed"
V2 = "Failed to reconnect SSE stream: Failed to open SSE stream: Bad Request"


OLD = {"client": "@modelcontextprotocol/sdk", "client_version": "1.30.0"}


@dataclass
class Modern(World):
    """Speaks 2026-07-28 and, where it is `dual`, the older revisions too."""

    dual: bool = False
    with_sessions: bool = False
    code: int = -32022

    async def discover(self, asked: Asked) -> None:
        result = {"supportedVersions": ["2026-07-28"], "capabilities": {}}
        await asked.answer(200, {"jsonrpc": "2.0", "id": 1, "result": result})

    async def initialize(self, asked: Asked) -> None:
        if self.dual:
            await super().initialize(asked)
            return
        await asked.answer(400, unsupported(self.code))

    async def get(self, asked: Asked) -> None:
        await asked.answer(405, Allow="POST")

    async def delete(self, asked: Asked) -> None:
        await asked.answer(405, Allow="POST")


def unsupported(code: int) -> dict[str, Any]:
    data = {"supported": ["2026-07-28"], "requested": "2025-11-25"}
    error = {"code": code, "message": "Unsupported protocol version", "data": data}
    return {"jsonrpc": "2.0", "id": 1, "error": error}


@dataclass
class KnowsTheQuestion(World):
    """An old server that answers for its revisions, and offers events in these."""

    also: tuple[str, ...] = ()

    async def discover(self, asked: Asked) -> None:
        result = {
            "supportedVersions": [*self.also, "2025-11-25", "2025-06-18"],
            "capabilities": {"tools": {"listChanged": True}},
        }
        await asked.answer(200, {"jsonrpc": "2.0", "id": 1, "result": result})

    async def tools(self, asked: Asked) -> None:
        if asked.rpc == "tools/list":
            await super().tools(asked)
        else:
            await asked.answer(400, unsupported(-32022))

    async def in_session(self, asked: Asked) -> None:
        if asked.rpc == "subscriptions/listen":
            await self.tools(asked)
        else:
            await super().in_session(asked)


@dataclass
class Stumbles(World):
    """An old server that does not bear the question for its revisions."""

    how: Literal["closes", "hangs", "500", "401", "200"] = "closes"

    async def discover(self, asked: Asked) -> None:
        if self.how == "closes":
            asked.writer.close()
        elif self.how == "hangs":
            await asyncio.sleep(60)
        else:
            await asked.answer(int(self.how), "what?", "text/plain")


@dataclass
class Moved(World):
    """The endpoint is one slash further on."""

    async def serve(self, asked: Asked) -> None:
        await asked.answer(307, Location=f"{asked.path}/")


@dataclass
class NotMcp(World):
    """A web server that has never heard of MCP."""

    async def serve(self, asked: Asked) -> None:
        await asked.answer(200 if asked.method == "GET" else 405, "<html>Hi</html>")


TRIALS = [
    Trial("modern, nothing said", Modern(), HEALTHY),
    Trial("modern, text of an old client", Modern(), TOO_NEW, given={"error": V1}),
    Trial(
        "modern, text of either",
        Modern(),
        maybe("modern-only-server"),
        given={"error": V2},
    ),
    Trial(
        "modern, client said to be old",
        Modern(),
        TOO_NEW,
        given=OLD,
    ),
    # It misses a header, or a capability, that older revisions do not know.
    *(
        Trial(f"modern, refuses by {code}", Modern(code=code), TOO_NEW, given=OLD)
        for code in (-32020, -32021)
    ),
    Trial(
        "both eras",
        Modern(dual=True),
        Seen(outcome="not-reproduced"),
        given={"error": V1},
    ),
    *(
        Trial(f"discover {how}", Stumbles(how=how), HEALTHY)
        for how in ("closes", "hangs", "500", "401", "200")
    ),
    Trial(
        "discover 401, token given",
        Stumbles(how="401"),
        HEALTHY,
        given={"auth_env": "T"},
        environ={"T": "secret-token-1"},
    ),
    Trial("discover names old ones", KnowsTheQuestion(), HEALTHY),
    Trial(
        "discover names the new one too",
        KnowsTheQuestion(also=("2026-07-28",)),
        UNKNOWN,
    ),
    Trial("307 to a slash", Moved(), only("redirect-trailing-slash")),
    Trial("no MCP at all", NotMcp(), UNKNOWN),
]


@pytest.fixture(scope="module")
def reports() -> dict[str, Report]:
    return judge_all(TRIALS)


@pytest.mark.parametrize("each", TRIALS, ids=lambda each: each.id)
def test_era_is_judged_fairly(
    each: Trial, reports: dict[str, Report], first_answer: FirstAnswer
) -> None:
    """The verdict is that of a person who knows the server."""
    report = reports[each.id]

    first_answer(report, fits=Seen.of(report) == each.expected)


def test_moved_endpoint_is_named(reports: dict[str, Report]) -> None:
    """The summary says where the redirect points."""
    assert "/api/v2/tools/" in reports["307 to a slash"].verdict.summary
