"""Causes in the form of a response that clients wait for, and do not take so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import ANY, cause
from streamtriage.causes.explains import ANSWERS, malformed
from streamtriage.causes.hops import unseen, whose
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.causes.words import answer, counted, ended_words, quoted
from streamtriage.model import Citation, Fix
from streamtriage.model.message import say
from streamtriage.model.observation import Phase
from streamtriage.model.roles import Role
from streamtriage.observations.malformed import (
    acknowledged,
    cut_by_itself,
    cut_short,
    flaw_of,
    misaddressed,
    mistyped,
)

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = [
    "reply_content_type",
    "reply_cut_short",
    "reply_not_jsonrpc",
    "request_answered_202",
    "response_id_mismatch",
]

_RESPONSE = '{"jsonrpc": "2.0", "id": request["id"], "result": result}'
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


@cause(
    layer="http",
    owner="server",
    scope="deployment configuration",
    impact="fatal",
    eras=ANY,
    look_alike="request-answered-202",
    explains=(malformed("reply-id", at=(Phase.GREET, *ANSWERS)),),
    fixes=(
        Fix(
            where="a server that writes JSON-RPC by hand",
            what="Copy the id of the request into its response, type and all.",
            paste=_RESPONSE,
            verify="handshake",
        ),
        Fix(
            where="a server or gateway that shares a connection or process among "
            "requests",
            what="Keep who asked under an id of its own, and put the client's back.",
            paste="pending[own_id] = (client, request['id'])",
            verify="replicas",
        ),
    ),
    citations=(
        Citation(
            source="JSON-RPC 2.0, 5: the id of a response MUST be that of the request"
        ),
        Citation(
            source="typescript-sdk, Protocol._onresponse: Received a response for an "
            "unknown message ID"
        ),
    ),
)
def response_id_mismatch(case: Case) -> Judgement:
    """A response bears the id of another request, so nobody takes it."""
    told = [
        each.exchange
        for each in case.asked
        if each.exchange.reply_id_matches is not None
        and each.exchange.accepted
        and each.exchange.jsonrpc_code is None
    ]
    if not told:
        return unknown(say("response-id-mismatch.unknown"))
    probes = case.probes_of(told, "handshake")
    wrong = [seen for seen in told if misaddressed(seen)]
    if not wrong:
        return absent(
            say("response-id-mismatch.absent"),
            *probes,
        )
    return present(
        say(
            "response-id-mismatch.present",
            n_wrong=len(wrong),
            responses=counted(len(told), "response"),
            label=wrong[0].label,
        ),
        *case.probes_of(wrong, "handshake"),
    )


@cause(
    layer="http",
    owner="server or a hop before it",
    scope="deployment configuration",
    impact="fatal",
    eras=ANY,
    look_alike="two-framings",
    explains=(malformed("reply-cut", at=(Phase.GREET, *ANSWERS)),),
    fixes=(
        Fix(
            where="a server that sets Content-Length by hand",
            what="Count bytes and not characters, after everything that changes the "
            "body; best leave the header to the framework.",
            paste="body = json.dumps(message).encode()\n"
            'headers["Content-Length"] = str(len(body))',
            verify="handshake",
        ),
        Fix(
            where="a hop that changes bodies (compression, injected text)",
            what="Leave the MCP path alone, or let it set the length anew.",
            paste="location /mcp {\n    sub_filter_once off;  # no sub_filter here\n"
            "    gzip off;\n}",
            verify="handshake",
        ),
        Fix(
            where="nginx that keeps answers in files",
            what="Give its workers room to write: a full disk or wrong rights end an "
            "answer where its buffers end.",
            paste="ls -ld /var/lib/nginx/proxy; df -h /var/lib/nginx",
            verify="handshake",
        ),
    ),
    citations=(
        Citation(source="RFC 9112, 8: an incomplete message"),
        Citation(source="undici: TypeError: terminated, other side closed"),
        Citation(source="httpx: RemoteProtocolError: peer closed connection"),
    ),
)
def reply_cut_short(case: Case) -> Judgement:
    """A response ends before its announced end, so no client reads it."""
    asked = [s for s in case.exchanges if s.method == "POST" and s.replied is not None]
    if not asked:
        return unknown(say("reply-cut-short.unknown"))
    cut = [seen for seen in asked if cut_by_itself(case, seen)]
    if not cut and any(map(cut_short, asked)):
        return absent(
            say("reply-cut-short.absent.with-all-else"),
            *case.probes_of(asked, "handshake"),
        )
    if not cut:
        return absent(
            say("reply-cut-short.absent"),
            *case.probes_of(asked, "handshake"),
        )
    one = cut[0]
    how = ended_words(one.end, many=len(cut) > 1)
    text = say(
        "reply-cut-short.text",
        n_cut=len(cut),
        responses=counted(len(asked), "response"),
        how=how,
        label=one.label,
        bytes=counted(one.body_bytes, "byte"),
    )
    rests = case.probes_of(cut, "handshake")
    if len(cut) == 1:
        return suspected(
            say("reply-cut-short.suspected", text=text),
            say("reply-cut-short.suspected.settle"),
            *rests,
            owner=whose(case),
        )
    return present(
        say(
            "reply-cut-short.present",
            text=text,
            unseen=unseen(case, say("reply-cut-short.present.a-wrong-content")),
        ),
        *rests,
        owner=whose(case),
    )


_FLAWS = {
    "version": say("reply-not-jsonrpc.version"),
    "event": say("reply-not-jsonrpc.event"),
    "document": say("reply-not-jsonrpc.document"),
}


@cause(
    layer="http",
    owner="server",
    scope="deployment configuration",
    impact="fatal",
    eras=ANY,
    look_alike="reply-content-type",
    explains=(malformed("not-jsonrpc", at=(Phase.GREET, *ANSWERS)),),
    fixes=(
        Fix(
            where="a server that writes JSON-RPC by hand",
            what="Send one JSON-RPC 2.0 object, and nothing before or after it.",
            paste=_RESPONSE,
            verify="handshake",
        ),
        Fix(
            where="a server that answers with an event stream",
            what="End each event by an empty line.",
            paste='yield f"event: message\\ndata: {text}\\n\\n"',
            verify="handshake",
        ),
    ),
    citations=(
        Citation(source='JSON-RPC 2.0, 5: "jsonrpc" MUST be exactly "2.0"'),
        Citation(source="WHATWG HTML, 9.2.6: an empty line dispatches the event"),
    ),
)
def reply_not_jsonrpc(case: Case) -> Judgement:
    """A response is nearly JSON-RPC 2.0, and no client takes it."""
    asked = [s for s in case.exchanges if s.method == "POST" and s.replied is not None]
    if not asked:
        return unknown(say("reply-not-jsonrpc.unknown"))
    wrong = [seen for seen in asked if flaw_of(seen) and not cut_short(seen)]
    if not wrong:
        return absent(
            say("reply-not-jsonrpc.absent"), *case.probes_of(asked, "handshake")
        )
    one = wrong[0]
    return present(
        say(
            "reply-not-jsonrpc.present",
            n_wrong=len(wrong),
            responses=counted(len(asked), "response"),
            label=one.label,
            flaws=_FLAWS[flaw_of(one)],
            one=quoted(one),
        ),
        *case.probes_of(wrong, "handshake"),
    )
