"""The cause `cors-preflight`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from streamtriage.causes.browsers import judge_other_client
from streamtriage.causes.cause import ANY, cause
from streamtriage.causes.explains import altered, refused
from streamtriage.causes.judgement import Judgement, absent, present, unknown
from streamtriage.model import CauseId, Citation, Fix
from streamtriage.model.message import say
from streamtriage.model.observation import Phase
from streamtriage.wording import answer

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["cors_preflight"]

# Codes that only the HTTP parser and the fetch of Node print.
_OF_NODE = re.compile(r"\bHPE_[A-Z_]+|\bUND_ERR_[A-Z_]+|HTTPParserError|node:internal")


@cause(
    owner="server",
    scope="deployment configuration",
    impact="fatal",
    eras=ANY,
    look_alike=CauseId("origin-403"),
    explains=(
        refused(range(200, 600), at=(Phase.GREET,), details=("browser",)),
        altered("session-hidden", at=(Phase.GREET,)),
    ),
    fixes=(
        Fix(
            where="a Python server (Starlette)",
            what="Answer preflights, and expose the session id.",
            paste="Middleware(CORSMiddleware, allow_origins=['https://CLIENT-PAGE'],\n"
            "    allow_methods=['GET', 'POST', 'DELETE'],\n"
            "    allow_headers=['Authorization', 'Content-Type', 'Mcp-Session-Id',\n"
            "                   'MCP-Protocol-Version', 'Last-Event-ID'],\n"
            "    expose_headers=['Mcp-Session-Id'])",
            verify="guard",
        ),
        Fix(
            where="a TypeScript server (Express)",
            what="Answer preflights, and expose the session id.",
            paste="app.use(cors({ origin: 'https://CLIENT-PAGE',\n"
            "  exposedHeaders: ['Mcp-Session-Id'] }));",
            verify="guard",
        ),
    ),
    citations=(
        Citation(source="WHATWG Fetch, 4.8: CORS-preflight fetch"),
        Citation(source="WHATWG Fetch, 3.3.3: Access-Control-Expose-Headers"),
    ),
)
def cors_preflight(case: Case) -> Judgement:
    """The browser may not ask: the answer to its preflight does not allow it."""
    guard = case.guard
    if guard is None or guard.preflight is None:
        return judge_other_client(case)
    if _OF_NODE.search(case.intake.error):
        return absent(
            say("cors-preflight.absent"),
            "guard",
        )
    seen = guard.preflight
    if not seen.answered:
        return unknown(say("cors-preflight.unknown"))
    if not seen.accepted:
        return present(
            say("cors-preflight.present", answer=answer(seen)),
            "guard",
        )
    lacks = tuple(
        name
        for name in guard.preflight_lacks
        if guard.origin_from or name != "Access-Control-Allow-Origin"
    )
    if lacks:
        return present(
            say(
                "cors-preflight.present.options-is-answered-but",
                answer=answer(seen),
                join=", ".join(lacks),
            ),
            "guard",
        )
    return absent(say("cors-preflight.absent.the-preflight-allows-what"), "guard")
