"""The cause `bad-sse-bytes`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from streamtriage.causes.cause import ANY, cause
from streamtriage.causes.explains import EVERY_ANSWER, malformed
from streamtriage.causes.judgement import Judgement, absent, present, unknown
from streamtriage.model import CauseId, Citation, Exchange, Fix
from streamtriage.model.message import say

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["bad_sse_bytes"]


@cause(
    owner="server",
    scope="deployment configuration",
    impact="degraded",
    eras=ANY,
    look_alike=CauseId("get-200-html-or-json"),
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
