"""The cause `reply-content-type`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import ANY, cause
from streamtriage.causes.explains import ANSWERS, malformed
from streamtriage.causes.judgement import Judgement, absent, present, unknown
from streamtriage.causes.spec import SENDING_MESSAGES
from streamtriage.model import CauseId, Citation, Fix
from streamtriage.model.message import say
from streamtriage.model.observation import Phase
from streamtriage.model.roles import Role
from streamtriage.observations.malformed import (
    mistyped,
)
from streamtriage.wording import answer, counted

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["reply_content_type"]


@cause(
    owner="server",
    scope="deployment configuration",
    impact="fatal",
    eras=ANY,
    look_alike=CauseId("spa-catchall"),
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
        SENDING_MESSAGES,
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
