"""The cause `legacy-sse-url-as-http`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import ANY, cause
from streamtriage.causes.explains import malformed, refused
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.model import CauseId, Citation, Fix
from streamtriage.model.message import say
from streamtriage.model.observation import Phase
from streamtriage.observations.transport import names_endpoint
from streamtriage.wording import answer

if TYPE_CHECKING:
    from streamtriage.model.message import Text
    from streamtriage.observations.case import Case

__all__ = ["legacy_sse_url_as_http"]


@cause(
    owner="client",
    scope="local runtime",
    impact="fatal",
    eras=ANY,
    look_alike=CauseId("healthy-get-405"),
    remedies=("speak-sse",),
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
