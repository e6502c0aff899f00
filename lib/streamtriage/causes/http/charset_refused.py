"""The cause `charset-refused`."""

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

__all__ = ["charset_refused"]


@cause(
    owner="server",
    scope="deployment configuration",
    impact="fatal",
    eras=ANY,
    look_alike=CauseId("chunked-refused"),
    explains=(refused(range(400, 600), at=(Phase.GREET,), details=("", "charset")),),
    fixes=(
        Fix(
            where="the server's check of Content-Type",
            what="Compare the media type alone, without its parameters.",
            paste='if (req.headers["content-type"]?.split(";")[0].trim() '
            '!== "application/json") { /* 415 */ }',
            verify="follow-up",
        ),
        Fix(
            where="a Go server (mcp-go shown)",
            what="Take the media type apart before it is compared.",
            paste='mt, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))',
            verify="follow-up",
        ),
        Fix(
            where="the client",
            what="Send the type without a charset: JSON is UTF-8 by definition.",
            paste="Content-Type: application/json",
            verify="follow-up",
        ),
    ),
    citations=(
        Citation(source="RFC 9110, 8.3.1: a media type may have parameters"),
        Citation(source="https://github.com/mark3labs/mcp-go/issues/501", grade="I"),
        Citation(
            source="https://github.com/modelcontextprotocol/kotlin-sdk/issues/450",
            grade="I",
        ),
    ),
)
def charset_refused(case: Case) -> Judgement:
    """A charset in Content-Type is refused, which some clients always send."""
    return judge_form(
        case,
        "charset",
        say("charset-refused"),
    )
