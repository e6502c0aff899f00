"""The cause `spa-catchall`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from streamtriage.causes.cause import ANY, cause
from streamtriage.causes.explains import malformed, refused
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.model import CauseId, Citation, Exchange, Fix
from streamtriage.model.message import say
from streamtriage.model.observation import Phase
from streamtriage.wording import answer

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["spa_catchall"]

_PAGE = re.compile(r"\s*<(!doctype html|html)\b", re.IGNORECASE)
_PASSWORD = re.compile(r"type=[\"']?password|sign in|log in to", re.IGNORECASE)


@cause(
    owner="server",
    scope="deployment configuration",
    impact="fatal",
    eras=ANY,
    look_alike=CauseId("get-200-html-or-json"),
    explains=(
        refused(403, 404, 405, 501, at=(Phase.GREET,)),
        malformed("no-reply", at=(Phase.GREET,)),
    ),
    fixes=(
        Fix(
            where="Express",
            what="Register the MCP route before the front end's catch-all.",
            paste="app.all('/mcp', mcpHandler);\n"
            "app.use(express.static('dist'));\n"
            "app.get('*', (req, res) => res.sendFile('index.html'));",
            verify="handshake",
        ),
        Fix(
            where="nginx",
            what="Give the MCP path a location of its own beside the front end's.",
            paste="location /mcp {\n    proxy_pass http://mcp_backend;\n"
            "    proxy_buffering off;\n}\nlocation / { try_files $uri /index.html; }",
            verify="handshake",
        ),
        Fix(
            where="the client's MCP configuration",
            what="Check the path: the server's documentation names its MCP endpoint.",
            paste='"url": "https://HOST/mcp"',
            verify="handshake",
        ),
    ),
    citations=(
        Citation(source="RFC 9110, 15.5.6: 405 from a static file server"),
        Citation(
            source="TypeScript SDK 1.32.2: no content-type check on GET", grade="L"
        ),
    ),
)
def spa_catchall(case: Case) -> Judgement:
    """A web front end answers at the URL: GET gives its page, POST is refused."""
    first = case.handshake.initialize if case.handshake else None
    if first is None or not first.answered:
        return unknown(say("spa-catchall.unknown"))
    opened = case.opened
    seen = (opened.none or opened.live) if opened else None
    if seen is None or not seen.answered:
        return unknown(say("spa-catchall.unknown.no-get-was-answered"))
    if not (seen.status == 200 and _is_page(seen)):
        return absent(say("spa-catchall.absent", answer=answer(seen)), "open")
    if first.accepted and not _is_page(first):
        return absent(say("spa-catchall.absent.post-reaches-an-mcp"), "handshake")
    if _PASSWORD.search(seen.excerpt):
        return suspected(
            say("spa-catchall.suspected"),
            say("spa-catchall.suspected.settle"),
            "open",
        )
    refused = first.status in (403, 404, 405, 501)
    if not (refused or _is_page(first)):
        return absent(
            say(
                "spa-catchall.absent.initialize-was-refused-otherwise",
                answer=answer(first),
            ),
            "handshake",
        )
    alike = first.accepted and _is_page(first)
    post = say("spa-catchall.post") if alike else answer(first)
    return present(
        say("spa-catchall.present", body_bytes=seen.body_bytes, post=post),
        "handshake",
        "open",
    )


def _is_page(seen: Exchange) -> bool:
    return seen.media_type == "text/html" and bool(_PAGE.match(seen.excerpt))
