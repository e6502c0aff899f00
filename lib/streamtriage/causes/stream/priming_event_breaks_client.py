"""The cause `priming-event-breaks-client`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import cause
from streamtriage.causes.explains import malformed
from streamtriage.causes.judgement import Judgement, absent, present, unknown
from streamtriage.causes.met import reactions_met
from streamtriage.knowledge.client_texts import title_of
from streamtriage.model import CauseId, Citation, Fix
from streamtriage.model.message import say
from streamtriage.model.observation import Phase

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["priming_event_breaks_client"]


@cause(
    owner="client",
    scope="local runtime",
    impact="fatal",
    look_alike=CauseId("bad-sse-bytes"),
    explains=(malformed("priming-event", at=(Phase.OPEN,)),),
    fixes=(
        Fix(
            where="the server",
            what="Send the first event only to clients that agreed on 2025-11-25, as "
            "the SDKs do, or keep no events for this one.",
            paste='if (protocolVersion >= "2025-11-25") writePrimingEvent();',
            verify="open",
        ),
        Fix(
            where="the client",
            what="Update it; a bridge such as mcp-remote can stand between until then.",
            paste="npx mcp-remote@latest https://HOST/mcp",
            verify="open",
        ),
    ),
    citations=(
        Citation(
            source="MCP 2025-11-25, basic/transports: the server SHOULD immediately "
            "send an SSE event consisting of an event ID and an empty data field"
        ),
        Citation(source="Gemini CLI 0.61.0 on loopback", grade="L"),
    ),
)
def priming_event_breaks_client(case: Case) -> Judgement:
    """The client loses its tools by the empty first event of the stream."""
    gets = [get for get in case.live_gets if get.is_event_stream]
    if not gets:
        return unknown(say("priming-event-breaks-client.unknown"))
    primed = [get for get in gets if get.primed]
    if not primed:
        rests = case.probes_of(gets, "open")
        return absent(say("priming-event-breaks-client.absent"), *rests)
    told = {each.situation: each for each in reactions_met(case)}
    after = told.get("priming-event")
    if after is None:
        return unknown(say("priming-event-breaks-client.unknown.the-client-is-not"))
    name = f"{title_of(after.client)} {after.version}".strip()
    if after.tools == "left":
        return absent(
            say("priming-event-breaks-client.absent.goes-on-after-an", name=name),
            "open",
        )
    return present(
        say("priming-event-breaks-client.present", label=primed[0].label, name=name),
        "open",
    )
