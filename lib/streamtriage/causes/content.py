"""Causes in the bytes of a response that a client cannot take."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from streamtriage.causes.cause import ANY, cause
from streamtriage.causes.explains import EVERY_ANSWER, malformed
from streamtriage.causes.hops import whose
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.causes.words import listed
from streamtriage.model import Citation, Exchange, Fix
from streamtriage.model.message import say
from streamtriage.observations.malformed import FRAME_BYTES, forbidden_field

if TYPE_CHECKING:
    from streamtriage.model.message import Text
    from streamtriage.observations.case import Case

__all__ = [
    "bad_sse_bytes",
    "connection_header_on_h2",
    "oversize_sse_frame",
    "two_framings",
]


@cause(
    layer="stream",
    owner="server",
    scope="deployment configuration",
    impact="degraded",
    eras=ANY,
    look_alike="get-200-html-or-json",
    explains=(malformed("bad-event", "no-reply", at=EVERY_ANSWER),),
    fixes=(
        Fix(
            where="whatever writes on the stream",
            what="Put one JSON-RPC message, as one line, into each event; what is not "
            "one belongs into a comment.",
            paste="res.write(`event: message\\ndata: ${JSON.stringify(msg)}\\n\\n`);\n"
            "res.write(': anything else\\n\\n');",
            verify="open",
        ),
    ),
    citations=(
        Citation(
            source="MCP 2025-11-25, basic/transports: messages MUST be UTF-8 JSON-RPC"
        ),
        Citation(source="TypeScript SDK 1.32.2: SyntaxError, stream stays", grade="L"),
    ),
)
def bad_sse_bytes(case: Case) -> Judgement:
    """An event on the stream is no JSON-RPC message, so the client cannot read it."""
    streams = [seen for seen in case.exchanges if seen.is_event_stream]
    if not streams:
        return unknown(say("bad-sse-bytes.unknown"))
    bad = [seen for seen in streams if seen.bad_events]
    if not bad:
        return absent(
            say("bad-sse-bytes.absent"),
            *case.probes_of(streams, "open"),
        )
    if case.era == "unknown" and not _speaks_mcp(case, bad):
        return unknown(
            say(
                "bad-sse-bytes.unknown.the-events-begin-and", bad_event=bad[0].bad_event
            )
        )
    mute = [seen for seen in bad if seen.replied is False]
    if mute:
        return _no_message(mute)
    total = sum(seen.bad_events for seen in bad)
    return present(
        say(
            "bad-sse-bytes.present",
            total=total,
            n_bad=len(bad),
            bad_event=bad[0].bad_event,
        ),
        "open",
        "hold",
    )


# The fields of an event stream (WHATWG HTML, 9.2.6); inside of `data` they say that
# what was a stream already was framed once more.
_FRAMED = re.compile(r"(event|data|id|retry) ?:")


def _no_message(mute: list[Exchange]) -> Judgement:
    """Judge requests whose answer came as events, and none of them is a message."""
    one = mute[0]
    begins = one.bad_event.splitlines()[0] if one.bad_event else ""
    why = say("content.no-message.why", begins=begins) if _FRAMED.match(begins) else ""
    return present(
        say("content.no-message.present", label=one.label, begins=begins, why=why),
        "handshake",
        impact="fatal",
    )


def _speaks_mcp(case: Case, bad: list[Exchange]) -> bool:
    """Tell whether whatever sent these events is an MCP server, by other answers."""
    own = any(seen.jsonrpc_code is not None for seen in case.exchanges)
    issued = any(seen.issued_session for seen in bad)
    return own or issued or any("jsonrpc" in seen.bad_event for seen in bad)


@cause(
    layer="http",
    owner="server",
    scope="deployment configuration",
    impact="fatal",
    eras=ANY,
    look_alike="bad-sse-bytes",
    explains=(malformed("two-framings", "not-http", at=EVERY_ANSWER),),
    fixes=(
        Fix(
            where="a server or middleware on Node (Hono, Express shown)",
            what="Do not copy the length from one answer to another: leave "
            "Content-Length out where the body is written in pieces.",
            paste="headers.delete('content-length');",
            verify="handshake",
        ),
        Fix(
            where="the hop before the server",
            what="Where it writes chunks, it must take Content-Length off.",
            paste="proxy_hide_header Content-Length;  # nginx",
            verify="handshake",
        ),
    ),
    citations=(
        Citation(source="RFC 9112, 6.3: Message Body Length, items 3 and 5"),
        Citation(source="RFC 9112, 6.1: a sender MUST NOT send both"),
        Citation(source="https://github.com/honojs/node-server/issues/270", grade="I"),
        Citation(
            source="Node 20.20 (llhttp): HPE_UNEXPECTED_CONTENT_LENGTH", grade="L"
        ),
    ),
)
def two_framings(case: Case) -> Judgement:
    """A response says twice how long it is, so strict clients refuse it."""
    framed = [seen for seen in case.exchanges if seen.framing]
    if not framed:
        return unknown(say("two-framings.unknown"))
    bad = [seen for seen in framed if _framings(seen)]
    if not bad:
        return absent(say("two-framings.absent"), *case.probes_of(framed, "open"))
    one = bad[0]
    methods = " and ".join(sorted({seen.method for seen in bad}))
    return present(
        say(
            "two-framings.present",
            n_bad=len(bad),
            n_framed=len(framed),
            methods=methods,
            framings=_framings(one),
            label=one.label,
        ),
        *case.probes_of(bad, "handshake"),
        owner="proxy" if whose(case) == "proxy" else "server",
    )


def _framings(seen: Exchange) -> Text:
    """Return the two statements of length, in words; empty where there is but one."""
    lengths = _values(seen, "content-length")
    if seen.framing == "both":
        length = lengths[0] if lengths else "?"
        return say("content.framings", length=length)
    different = list(dict.fromkeys(lengths))
    if len(different) > 1:
        both = listed(
            [say("content.framings.both", each=each) for each in different[:2]]
        )
        return say("content.framings.two-lengths", both=both)
    # Over HTTP/2 frames say the length too, and one that differs is malformed (RFC
    # 9113, 8.1.1); the name is h2's, which counts them.
    if lengths and "InvalidBodyLengthError" in seen.failure_detail:
        return say("content.framings.frames", length=lengths[0])
    return ""


def _values(seen: Exchange, name: str) -> list[str]:
    """Return every value of a field, also of one that came as a list."""
    fields = (value for field, value in seen.header_list if field.lower() == name)
    return [part.strip() for value in fields for part in value.split(",")]


@cause(
    layer="stream",
    owner="server",
    scope="deployment configuration",
    impact="fatal",
    eras=ANY,
    look_alike="lb-idle-60s",
    explains=(malformed("oversize", at=EVERY_ANSWER),),
    fixes=(
        Fix(
            where="the server",
            what="Send less at a time: page lists, and hand large content over as a "
            "resource link.",
            paste='{"type": "resource_link", "uri": "https://HOST/big.bin"}',
            verify="open",
        ),
    ),
    citations=(Citation(source="claude-code CHANGELOG 2.1.139"),),
)
def oversize_sse_frame(case: Case) -> Judgement:
    """One message is larger than the client takes, so it always drops the stream."""
    streams = [seen for seen in case.exchanges if seen.is_event_stream]
    if not streams:
        return unknown(say("oversize-sse-frame.unknown"))
    largest = max(streams, key=lambda seen: seen.largest_event_bytes)
    size_mb = largest.largest_event_bytes / 1e6
    if largest.largest_event_bytes <= FRAME_BYTES:
        return absent(
            say("oversize-sse-frame.absent", size_mb=size_mb),
            *case.probes_of(streams, "open"),
        )
    text = say("oversize-sse-frame.text", label=largest.label, size_mb=size_mb)
    client = f"{case.intake.client} {case.signature.runtime}".lower()
    if "claude" in client:
        return present(say("oversize-sse-frame.present", text=text), "open", "hold")
    return suspected(
        say("oversize-sse-frame.suspected", text=text),
        say("oversize-sse-frame.suspected.settle"),
        "open",
    )


@cause(
    layer="http",
    owner="server",
    scope="deployment configuration",
    impact="degraded",
    eras=ANY,
    look_alike="h2-stream-reset",
    explains=(malformed("connection-header", at=EVERY_ANSWER),),
    fixes=(
        Fix(
            where="the server that speaks HTTP/2 itself",
            what="Leave `Connection` and `Keep-Alive` out of the response.",
            paste="res.removeHeader('Connection');  // HTTP/2 forbids it",
            verify="open",
        ),
    ),
    citations=(
        Citation(source="RFC 9113, 8.2.2: Connection-Specific Header Fields"),
        Citation(source="https://github.com/nestjs/nest/issues/17597", grade="I"),
        Citation(source="https://github.com/databricks/appkit/issues/331", grade="I"),
    ),
)
def connection_header_on_h2(case: Case) -> Judgement:
    """The response carries `Connection` over HTTP/2, which makes it malformed."""
    answered = [seen for seen in case.exchanges if seen.answered]
    if not answered:
        return unknown(say("connection-header-on-h2.unknown"))
    over_h2 = [seen for seen in answered if seen.http_version == "HTTP/2"]
    if not over_h2:
        return absent(
            say("connection-header-on-h2.absent"), *case.probes_of(answered, "open")
        )
    broken = [seen for seen in over_h2 if forbidden_field(seen)]
    if not broken:
        return absent(
            say("connection-header-on-h2.absent.no-http-2-response"),
            *case.probes_of(over_h2, "open"),
        )
    methods = " and ".join(sorted({seen.method for seen in broken}))
    return present(
        say(
            "connection-header-on-h2.present",
            n_broken=len(broken),
            n_over_h2=len(over_h2),
            methods=methods,
            forbidden_field=forbidden_field(broken[0]),
        ),
        "open",
        "handshake",
    )
