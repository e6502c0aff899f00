"""Causes in what stands at the URL: an older transport, a web page, nothing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from streamtriage.causes.cause import ANY, LEGACY, cause
from streamtriage.causes.explains import STREAM_GETS, malformed, refused
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.causes.words import answer
from streamtriage.model import Citation, Exchange, Fix
from streamtriage.model.message import say
from streamtriage.model.observation import Phase
from streamtriage.observations.transport import names_endpoint

if TYPE_CHECKING:
    from streamtriage.model.message import Text
    from streamtriage.observations.case import Case

__all__ = ["get_204", "legacy_sse_url_as_http", "spa_catchall"]


@cause(
    layer="http",
    owner="client",
    scope="local runtime",
    impact="fatal",
    eras=ANY,
    look_alike="healthy-get-405",
    explains=(
        refused(range(400, 600), at=(Phase.GREET,)),
        malformed("no-reply", at=(Phase.GREET,)),
    ),
    fixes=(
        Fix(
            where="Claude Code",
            what="Say that the server speaks the older HTTP+SSE transport.",
            paste="claude mcp add --transport sse NAME URL",
            verify="open",
        ),
        Fix(
            where="the client's MCP configuration",
            what='Set the type to "sse", or use its Streamable HTTP endpoint.',
            paste='{"type": "sse", "url": "https://HOST/sse"}',
            verify="handshake",
        ),
        Fix(
            where="FastMCP",
            what="Serve Streamable HTTP, which every current client speaks.",
            paste='mcp.run(transport="http", path="/mcp")',
            verify="handshake",
        ),
    ),
    citations=(
        Citation(source="MCP 2025-11-25, basic/transports, Backwards Compatibility"),
        Citation(source="MCP 2024-11-05, basic/transports, HTTP with SSE"),
    ),
)
def legacy_sse_url_as_http(case: Case) -> Judgement:
    """The URL is one of the older HTTP+SSE transport, used as Streamable HTTP."""
    first = case.handshake.initialize if case.handshake else None
    if first is None or not first.answered:
        return unknown(say("legacy-sse-url-as-http.unknown"))
    if first.accepted:
        return absent(
            say("legacy-sse-url-as-http.absent", answer=answer(first)), "handshake"
        )
    if case.speaks_old:
        return absent(
            say("legacy-sse-url-as-http.absent.the-client-speaks-http"),
            "http-sse",
            "open",
        )
    seen = case.opened.none if case.opened else None
    if case.http_sse is not None and case.http_sse.served:
        return present(
            say(
                "legacy-sse-url-as-http.present.initialize-was-answered",
                answer=answer(first),
                at_endpoint=_at_endpoint(case),
            ),
            "handshake",
            "http-sse",
        )
    if seen is None or not seen.answered:
        return unknown(say("legacy-sse-url-as-http.unknown.no-get-was-answered"))
    if not seen.is_event_stream:
        return absent(
            say(
                "legacy-sse-url-as-http.absent.the-get-was-answered",
                answer=answer(seen),
            ),
            "open",
        )
    if names_endpoint(seen):
        return present(
            say(
                "legacy-sse-url-as-http.present",
                answer=answer(first),
            ),
            "handshake",
            "open",
        )
    if seen.events == 0 and seen.body_bytes == 0:
        return suspected(
            say("legacy-sse-url-as-http.suspected", answer=answer(first)),
            say("legacy-sse-url-as-http.suspected.settle"),
            "open",
        )
    return absent(say("legacy-sse-url-as-http.absent.the-get-s-stream"), "open")


def _at_endpoint(case: Case) -> Text:
    """Say what a client of that transport gets there, where it was asked as one."""
    seen = case.http_sse
    if seen is None or not seen.worked:
        return ""
    return say("endpoint.at-endpoint")


@cause(
    layer="http",
    owner="server",
    scope="deployment configuration",
    impact="degraded",
    eras=LEGACY,
    look_alike="healthy-get-405",
    explains=(refused(204, at=STREAM_GETS),),
    fixes=(
        Fix(
            where="the server's GET handler",
            what="Answer 405 where no stream is offered, or hold an event stream open.",
            paste="app.get('/mcp', (req, res) => {\n"
            "  res.status(405).set('Allow', 'POST, DELETE').end();\n});",
            verify="open",
        ),
    ),
    citations=(
        Citation(
            source="MCP 2025-11-25, basic/transports, Listening for Messages from the "
            "Server"
        ),
        Citation(
            source="TypeScript SDK 1.32.2: a null body is taken quietly", grade="L"
        ),
    ),
)
def get_204(case: Case) -> Judgement:
    """A GET is answered 204, so the stream is silently missing."""
    gets = case.live_gets
    if not gets:
        return unknown(say("get-204.unknown"))
    empty = [seen for seen in gets if seen.status == 204]
    if not empty:
        return absent(
            say("get-204.absent", answer=answer(gets[0])), *case.probes_of(gets, "open")
        )
    return present(
        say("get-204.present", n_empty=len(empty), n_gets=len(gets)),
        "open",
    )


_PAGE = re.compile(r"\s*<(!doctype html|html)\b", re.IGNORECASE)
_PASSWORD = re.compile(r"type=[\"']?password|sign in|log in to", re.IGNORECASE)


@cause(
    layer="http",
    owner="server",
    scope="deployment configuration",
    impact="fatal",
    eras=ANY,
    look_alike="get-200-html-or-json",
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
