"""The cause `response-id-mismatch`."""

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
    misaddressed,
)
from streamtriage.wording import counted

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["response_id_mismatch"]


@cause(
    owner="server",
    scope="deployment configuration",
    impact="fatal",
    eras=ANY,
    look_alike=CauseId("request-answered-202"),
    explains=(malformed("reply-id", at=(Phase.GREET, *ANSWERS)),),
    fixes=(
        Fix(
            where="a server that writes JSON-RPC by hand",
            what="Copy the id of the request into its response, type and all.",
            paste=RESPONSE_FORM,
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
