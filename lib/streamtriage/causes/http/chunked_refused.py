"""The cause `chunked-refused`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import ANY, cause
from streamtriage.causes.explains import refused
from streamtriage.causes.strict_forms import judge_form
from streamtriage.model import CauseId, Citation, Fix
from streamtriage.model.message import say
from streamtriage.model.observation import Phase

if TYPE_CHECKING:
    from streamtriage.causes.judgement import Judgement
    from streamtriage.observations.case import Case

__all__ = ["chunked_refused"]


@cause(
    owner="server or a hop before it",
    scope="deployment configuration",
    impact="fatal",
    eras=ANY,
    look_alike=CauseId("charset-refused"),
    explains=(refused(range(400, 600), at=(Phase.GREET,), details=("", "framing")),),
    fixes=(
        Fix(
            where="the server, or the gateway before it",
            what="Read a body that comes in chunks, as HTTP/1.1 demands.",
            paste="proxy_request_buffering on;  # nginx: it hands a length on",
            verify="follow-up",
        ),
        Fix(
            where="the client",
            what="Send the body with its length.",
            paste="Content-Length: 157",
            verify="follow-up",
        ),
    ),
    citations=(
        Citation(source="RFC 9112, 7.1: a recipient must be able to parse chunks"),
        Citation(source="RFC 9110, 15.5.12: 411 Length Required"),
    ),
)
def chunked_refused(case: Case) -> Judgement:
    """A request in chunks is refused, as clients that stream their body send it."""
    return judge_form(
        case,
        "framing",
        say("chunked-refused"),
    )
