"""A server that refuses the form of a request which other clients may rightly send."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.asked_again import FORBIDDEN_FORMS, flips, pair, questions
from streamtriage.causes.cause import ANY, cause
from streamtriage.causes.explains import refused
from streamtriage.causes.judgement import Judgement, absent, present, unknown
from streamtriage.model import Citation, Fix
from streamtriage.model.message import say
from streamtriage.model.observation import Phase

if TYPE_CHECKING:
    from streamtriage.model import ChangeKind
    from streamtriage.model.message import Text
    from streamtriage.observations.case import Case

__all__ = ["charset_refused", "chunked_refused"]


@cause(
    layer="http",
    owner="server",
    scope="deployment configuration",
    impact="fatal",
    eras=ANY,
    look_alike="chunked-refused",
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
    return _judged(
        case,
        "charset",
        say("charset-refused"),
    )


@cause(
    layer="http",
    owner="server or a hop before it",
    scope="deployment configuration",
    impact="fatal",
    eras=ANY,
    look_alike="charset-refused",
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
    return _judged(
        case,
        "framing",
        say("chunked-refused"),
    )


def _judged(case: Case, kind: ChangeKind, who: Text) -> Judgement:
    taken_away = (f for f in flips(case, kind) if f[1].id in FORBIDDEN_FORMS)
    mends = next(taken_away, None)
    breaks = next(flips(case, kind, direction="break"), None)
    found = breaks or mends
    if found is not None:
        return present(
            say("strict-form.judged.present", pair=pair(*found), who=who), "follow-up"
        )
    asked = (*questions(case), *questions(case, "break"))
    if not any(c.kind == kind for each in asked for c in each.changes):
        return unknown(say("strict-form.judged.unknown"))
    return absent(say("strict-form.judged.absent"), "follow-up")
