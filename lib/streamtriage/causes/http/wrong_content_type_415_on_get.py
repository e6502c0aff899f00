"""The cause `wrong-content-type-415-on-get`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import cause
from streamtriage.causes.explains import EVERY_GET, STREAM_GETS, Predicts, refused
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.causes.spec import TRANSPORTS
from streamtriage.model import CauseId, Citation, Fix
from streamtriage.model.message import say
from streamtriage.wording import answer, quoted

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["wrong_content_type_415_on_get"]

_SHOWN = refused(415, at=STREAM_GETS)


@cause(
    owner="server",
    scope="deployment configuration",
    impact="cosmetic",
    look_alike=CauseId("get-4xx-instead-of-405"),
    explains=(_SHOWN,),
    predicts=(Predicts(EVERY_GET, _SHOWN),),
    fixes=(
        Fix(
            where="the server's framework",
            what="Ask for a body type only where there is a body.",
            paste='@PostMapping(path = "/mcp", consumes = "application/json")\n'
            "// and no `consumes` on the class",
            verify="open",
        ),
    ),
    citations=(
        Citation(source="RFC 9110, 15.5.16: Unsupported Media Type"),
        Citation(source=f"{TRANSPORTS}, Listening for Messages from the Server"),
    ),
)
def wrong_content_type_415_on_get(case: Case) -> Judgement:
    """A GET is refused for lack of a body type, which a GET does not have."""
    opened = case.opened
    live = opened.live if opened else None
    if live is None or not live.answered:
        return unknown(say("wrong-content-type-415-on-get.unknown"))
    if live.status != 415:
        return absent(
            say("wrong-content-type-415-on-get.absent", answer=answer(live)), "open"
        )
    control = case.guard.typed_get if case.guard else None
    if control is None or not control.answered:
        return suspected(
            say("wrong-content-type-415-on-get.suspected", answer=answer(live)),
            say("wrong-content-type-415-on-get.suspected.settle"),
            "open",
        )
    if control.status == 415:
        return absent(
            say("wrong-content-type-415-on-get.absent.with-a-content-type"), "guard"
        )
    return present(
        say(
            "wrong-content-type-415-on-get.present",
            answer=answer(live),
            live=quoted(live),
            answer_2=answer(control),
        ),
        "open",
        "guard",
    )
