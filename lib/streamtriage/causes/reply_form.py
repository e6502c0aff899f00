"""Causes in the form of a response that clients wait for, and do not take so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import ANY, cause
from streamtriage.causes.explains import ANSWERS, malformed
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.causes.words import answer, counted
from streamtriage.model import Citation, Fix
from streamtriage.model.message import say
from streamtriage.model.observation import Phase
from streamtriage.model.roles import Role
from streamtriage.observations.malformed import acknowledged, mistyped

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["reply_content_type", "request_answered_202"]

_SENDING = Citation(
    source="MCP 2025-11-25, basic/transports, Sending Messages to the Server: a "
    "request is answered with application/json or text/event-stream"
)


@cause(
    layer="http",
    owner="server",
    scope="deployment configuration",
    impact="fatal",
    eras=ANY,
    look_alike="spa-catchall",
    explains=(malformed("reply-type", at=(Phase.GREET, *ANSWERS)),),
    fixes=(
        Fix(
            where="Flask",
            what="Return the object, not its text: a text is sent as text/html.",
            paste="return jsonify(response)",
            verify="handshake",
        ),
        Fix(
            where="PHP, or any server that writes JSON by hand",
            what="Name the type before the body.",
            paste="header('Content-Type: application/json');",
            verify="handshake",
        ),
    ),
    citations=(
        _SENDING,
        Citation(
            source="typescript-sdk, StreamableHTTPClientTransport.send: Unexpected "
            "content type"
        ),
        Citation(
            source="python-sdk, mcp/client/streamable_http.py: Unexpected content type"
        ),
    ),
)
def reply_content_type(case: Case) -> Judgement:
    """A right response bears a content type that clients do not read."""
    asked = [each for each in case.asked if each.exchange.replied]
    if not asked:
        return unknown(say("reply-content-type.unknown"))
    probes = case.probes_of([each.exchange for each in asked], "handshake")
    wrong = [each for each in asked if mistyped(each.exchange)]
    if not wrong:
        return absent(
            say("reply-content-type.absent", responses=counted(len(asked), "response")),
            *probes,
        )
    # Clients of older revisions do not discover, and all others may do without.
    one = min(wrong, key=lambda each: each.role is Role.DISCOVER).exchange
    kind = one.content_type
    said = (
        say("reply-content-type.said", kind=kind)
        if kind
        else say("reply-content-type.said.without-a-content-type")
    )
    return present(
        say(
            "reply-content-type.present",
            label=one.label,
            answer=answer(one),
            said=said,
            kind=kind or "null",
        ),
        *probes,
    )


@cause(
    layer="http",
    owner="server",
    scope="deployment configuration",
    impact="fatal",
    eras=ANY,
    look_alike="http-sse-reply-missing",
    explains=(malformed("acknowledged", at=(Phase.GREET, *ANSWERS)),),
    fixes=(
        Fix(
            where="the server",
            what="Answer the POST of a request with its response; 202 is for "
            "notifications and responses alone.",
            paste="if ('id' in message && 'method' in message)\n"
            "  res.status(200).json(await handle(message));\n"
            "else res.status(202).end();",
            verify="handshake",
        ),
        Fix(
            where="a server written for HTTP+SSE (2024-11-05)",
            what="Let the client say so: there the response comes on the stream.",
            paste='{"type": "sse", "url": "https://HOST/sse"}',
            verify="handshake",
        ),
    ),
    citations=(
        _SENDING,
        Citation(
            source="typescript-sdk, StreamableHTTPClientTransport.send: after a 202 "
            "nothing is read"
        ),
    ),
)
def request_answered_202(case: Case) -> Judgement:
    """A request is only acknowledged with 202, and its response never comes."""
    posts = [seen for seen in case.exchanges if seen.method == "POST" and seen.answered]
    if not posts:
        return unknown(say("request-answered-202.unknown"))
    mute = [seen for seen in posts if acknowledged(seen)]
    if not mute:
        return absent(
            say("request-answered-202.absent"), *case.probes_of(posts, "handshake")
        )
    text = say("request-answered-202.text", label=mute[0].label, answer=answer(mute[0]))
    beside = case.concurrent
    if beside is not None and beside.stream is not None and beside.stream.events:
        return suspected(
            say(
                "request-answered-202.suspected",
                text=text,
                events=counted(beside.stream.events, "event"),
            ),
            say("request-answered-202.suspected.settle"),
            "handshake",
            "concurrent",
        )
    return present(
        say("request-answered-202.present", text=text),
        *case.probes_of(mute, "handshake"),
    )
