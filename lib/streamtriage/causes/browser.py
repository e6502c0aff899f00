"""Causes that only clients in a browser meet: their origin, and their preflights."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from streamtriage.causes.cause import ANY, cause
from streamtriage.causes.explains import altered, refused
from streamtriage.causes.judgement import Judgement, absent, present, unknown
from streamtriage.causes.words import answer, quoted
from streamtriage.model import Citation, Fix
from streamtriage.model.observation import Phase

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["cors_preflight", "origin_403"]

_TRANSPORTS = "MCP 2025-11-25, basic/transports"


@cause(
    layer="http",
    owner="server",
    scope="deployment configuration",
    impact="fatal",
    eras=ANY,
    look_alike="host-403",
    explains=(refused(403, at=(Phase.GREET,), details=("browser",)),),
    fixes=(
        Fix(
            where="a Python server",
            what="Allow the origin of the page that the client runs in.",
            paste='TransportSecuritySettings(allowed_origins=["https://CLIENT-PAGE"])',
            verify="guard",
        ),
        Fix(
            where="MCP Inspector",
            what="Connect through its own proxy instead of directly.",
            paste="npx @modelcontextprotocol/inspector  # Connection type: Via Proxy",
            verify="guard",
        ),
    ),
    citations=(
        Citation(source=f"{_TRANSPORTS}, Security Warning: invalid Origin is 403"),
        Citation(
            source="mcp 2.3.0 server/transport_security.py: Invalid Origin header"
        ),
    ),
)
def origin_403(case: Case) -> Judgement:
    """The server does not allow the web origin that the client runs in."""
    guard = case.guard
    if guard is None or guard.origin is None:
        return _not_a_browser(case)
    if guard.origin.status != 403:
        return absent(f"With an Origin it is answered {answer(guard.origin)}.", "guard")
    without = guard.without_origin
    if without is None or not without.answered or without.status == 403:
        return absent("Without an Origin it is 403 as well.", "guard")
    if not guard.origin_from:
        return unknown(
            "A server must refuse an Origin that it does not know, and nobody said "
            "which one the client has: --header Origin=NAME."
        )
    return present(
        f"With the client's Origin initialize is answered {answer(guard.origin)}"
        f"{quoted(guard.origin)}, without it a POST is answered {answer(without)}.",
        "guard",
    )


# Codes that only the HTTP parser and the fetch of Node print.
_OF_NODE = re.compile(r"\bHPE_[A-Z_]+|\bUND_ERR_[A-Z_]+|HTTPParserError|node:internal")


def _not_a_browser(case: Case) -> Judgement:
    if case.intake.client:
        return absent("The client does not run in a browser.", "guard")
    return unknown("Nobody said which client it is; only browsers send an Origin.")


@cause(
    layer="http",
    owner="server",
    scope="deployment configuration",
    impact="fatal",
    eras=ANY,
    look_alike="origin-403",
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
        return _not_a_browser(case)
    if _OF_NODE.search(case.intake.error):
        return absent(
            "The text that was pasted is Node's own, and Node sends no preflight.",
            "guard",
        )
    seen = guard.preflight
    if not seen.answered:
        return unknown("The preflight was not answered.")
    if not seen.accepted:
        return present(
            f"OPTIONS is answered {answer(seen)}; a browser then sends nothing more "
            "and says `Failed to fetch`.",
            "guard",
        )
    lacks = tuple(
        name
        for name in guard.preflight_lacks
        if guard.origin_from or name != "Access-Control-Allow-Origin"
    )
    if lacks:
        return present(
            f"OPTIONS is answered {answer(seen)}, but does not allow "
            f"{', '.join(lacks)}; a browser then sends nothing more.",
            "guard",
        )
    return absent("The preflight allows what a client sends.", "guard")
