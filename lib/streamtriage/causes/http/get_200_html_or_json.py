"""The cause `get-200-html-or-json`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import cause
from streamtriage.causes.explains import STREAM_GETS, refused
from streamtriage.causes.get_status import ANSWER_405, SPEC_GET
from streamtriage.causes.judgement import Judgement, absent, present, unknown
from streamtriage.model import CauseId, Citation, Exchange, ProbeId
from streamtriage.model.message import say
from streamtriage.wording import answer, seconds

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["get_200_html_or_json"]

_SHOWN = refused(200, at=STREAM_GETS)


@cause(
    owner="server",
    scope="deployment configuration",
    impact="degraded",
    look_alike=CauseId("instant-close-flap"),
    remedies=("answer-405",),
    reported_as=(
        "get-not-offered",
        "get-not-offered-wrong-status",
        "reconnect-storm",
        "wrong-status-or-body",
    ),
    issues=(
        "anthropics/claude-code#19594",
        "anthropics/claude-code#34272",
        "modelcontextprotocol/typescript-sdk#1150",
        "modelcontextprotocol/typescript-sdk#1635",
        "malloydata/malloyyo#134",
        "code-ministry-ltd/the-librarian#459",
    ),
    explains=(_SHOWN,),
    fixes=ANSWER_405,
    citations=(
        SPEC_GET,
        Citation(
            source="TypeScript SDK 1.32.2: no content-type check on GET", grade="L"
        ),
    ),
)
def get_200_html_or_json(case: Case) -> Judgement:
    """A GET is answered 200 with a document instead of an event stream."""
    gets = case.gets
    if not gets:
        return unknown(say("get-200-html-or-json.unknown"))
    wrong = [s for s in gets if s.status == 200 and s.media_type != "text/event-stream"]
    if not wrong:
        return absent(
            say("get-200-html-or-json.absent", answer=answer(gets[0])),
            *case.probes_of(gets, "open"),
        )
    one = wrong[0]
    kind = one.media_type or say("get-200-html-or-json.kind")
    when = "" if one in case.live_gets else say("get-200-html-or-json.when")
    text = say(
        "get-200-html-or-json.text", kind=kind, body_bytes=one.body_bytes, when=when
    )
    rests: ProbeId = "open" if not when else "reopen"
    if _stays_open(one):
        return present(
            say(
                "get-200-html-or-json.present", text=text, lived_s=seconds(one.lived_s)
            ),
            rests,
        )
    return present(
        say("get-200-html-or-json.present.clients-take-it-for", text=text),
        rests,
    )


def _stays_open(seen: Exchange) -> bool:
    """True when we ended a body that had not ended by itself while we read it."""
    return seen.end is not None and not seen.end.natural and (seen.lived_s or 0) >= 1.0
