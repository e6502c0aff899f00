"""The cause `reply-not-jsonrpc`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import ANY, cause
from streamtriage.causes.explains import ANSWERS, malformed
from streamtriage.causes.judgement import Judgement, absent, present, unknown
from streamtriage.causes.spec import RESPONSE_FORM
from streamtriage.model import CauseId, Citation, Fix
from streamtriage.model.message import say
from streamtriage.model.observation import Phase
from streamtriage.observations.malformed import (
    cut_short,
    flaw_of,
)
from streamtriage.wording import counted, quoted

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["reply_not_jsonrpc"]

_FLAWS = {
    "version": say("reply-not-jsonrpc.version"),
    "event": say("reply-not-jsonrpc.event"),
    "document": say("reply-not-jsonrpc.document"),
}


@cause(
    owner="server",
    scope="deployment configuration",
    impact="fatal",
    eras=ANY,
    look_alike=CauseId("reply-content-type"),
    explains=(malformed("not-jsonrpc", at=(Phase.GREET, *ANSWERS)),),
    fixes=(
        Fix(
            where="a server that writes JSON-RPC by hand",
            what="Send one JSON-RPC 2.0 object, and nothing before or after it.",
            paste=RESPONSE_FORM,
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
