"""A client that is told to speak HTTP+SSE to a server that speaks Streamable HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import ANY, cause
from streamtriage.causes.explains import local, malformed, refused
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.causes.words import answer, quoted
from streamtriage.model import Citation, Fix
from streamtriage.model.observation import Phase
from streamtriage.model.roles import Role
from streamtriage.observations.transport import asks_newer_first, mistaken_entries

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["config_http_url_as_sse"]


@cause(
    layer="local",
    owner="client",
    scope="local runtime",
    impact="fatal",
    eras=ANY,
    look_alike="config-sse-url-as-http",
    explains=(
        local(
            "http-url-as-sse",
            "http-url-as-sse-tried-first",
            "wrong-key",
            "type-missing",
        ),
        refused(range(300, 600), at=(Phase.GREET,)).only(Role.OLD_GET),
        malformed("no-endpoint", at=(Phase.GREET,)),
    ),
    fixes=(
        Fix(
            where="the client's MCP configuration",
            what="Name the newer transport in that client's own form.",
            paste='"type": "http"',
            verify="handshake",
        ),
    ),
    citations=(
        Citation(source="MCP 2025-11-25, basic/transports, Backwards Compatibility"),
        Citation(source="anthropics/claude-code-action#813", grade="I"),
    ),
)
def config_http_url_as_sse(case: Case) -> Judgement:
    """The client asks for the older SSE transport, and the server speaks the newer."""
    tried_first = [each for each in mistaken_entries(case) if asks_newer_first(each)]
    if tried_first and not case.speaks_old:
        one = tried_first[0]
        return present(
            f"The entry {one.name} of {one.client} ({one.path}) means HTTP+SSE (sse), "
            "and the server speaks Streamable HTTP. It works all the same: "
            f"{one.client} asks for Streamable HTTP first, whatever the entry says.",
            "local",
            "handshake",
            impact="cosmetic",
        )
    if not case.speaks_old and case.local is None:
        return unknown("Nothing says which transport the client speaks.")
    if not case.speaks_old:
        return absent("Nothing tells the client to speak HTTP+SSE.", "local")
    seen = case.http_sse
    first = case.handshake.initialize if case.handshake else None
    if seen is None or first is None:
        return unknown("The server was not asked as a client of HTTP+SSE does.")
    if seen.served:
        return absent("The GET names an endpoint, as HTTP+SSE does.", "http-sse")
    get = seen.refused
    if get is None or not get.answered:
        return unknown("The GET of HTTP+SSE was not answered.")
    got = (
        "opened a stream on which no `endpoint` event came"
        if get.is_event_stream
        else f"was answered {answer(get)}{quoted(get)}"
    )
    entries = mistaken_entries(case)
    says = "The pasted text is printed by a client of HTTP+SSE"
    if entries:
        one = entries[0]
        says = f"The entry {one.name} of {one.client} ({one.path}) means HTTP+SSE (sse)"
    text = f"{says}, whose first GET {got}"
    if not first.worked and get.is_event_stream:
        return absent(f"The GET {got}, which is no other transport's.", "http-sse")
    if not first.worked:
        return suspected(
            f"{text}; `initialize` as Streamable HTTP was answered {answer(first)}.",
            "Compare the URL with the server's documentation: it has an address for "
            "each transport.",
            "http-sse",
        )
    return present(
        f"{text}; `initialize` was answered {answer(first)} over Streamable HTTP, the "
        'transport that clients call "http".',
        "http-sse",
        "handshake",
    )
