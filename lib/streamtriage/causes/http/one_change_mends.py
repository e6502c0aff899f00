"""The cause `one-change-mends`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.asked_again import FORBIDDEN_FORMS, flips, pair, questions
from streamtriage.causes.cause import ANY, cause
from streamtriage.causes.explains import malformed, refused
from streamtriage.causes.judgement import Judgement, absent, present, unknown
from streamtriage.model import CauseId, Citation, Fix
from streamtriage.model.message import say
from streamtriage.model.observation import Phase

if TYPE_CHECKING:
    from streamtriage.model import ChangeKind
    from streamtriage.observations.case import Case

__all__ = ["one_change_mends"]

_HAS_ITS_OWN: tuple[ChangeKind, ...] = ("slash", "path", "accept")


@cause(
    owner="server or a hop before it",
    scope="deployment configuration",
    impact="fatal",
    eras=ANY,
    look_alike=CauseId("wrong-path"),
    explains=(
        refused(range(300, 600), at=(Phase.GREET, Phase.NOTIFY, Phase.POST)),
        malformed("no-reply", at=(Phase.GREET, Phase.POST)),
    ),
    fixes=(
        Fix(
            where="whoever answers that request",
            what="Take the request as the client sends it; compare these two.",
            paste="streamtriage triage URL --json report.json  # probe follow-up",
            verify="follow-up",
        ),
    ),
    citations=(
        Citation(source="RFC 9110, 15.5: a client error names what was wrong with it"),
    ),
)
def one_change_mends(case: Case) -> Judgement:
    """With one thing changed in it the refused request is answered."""
    asked = questions(case)
    if not asked:
        return unknown(say("one-change-mends.unknown"))
    for question, flip in flips(case):
        own = flip.kind in _HAS_ITS_OWN or flip.id in FORBIDDEN_FORMS
        if not own or question.request != "initialize":
            return present(
                say("one-change-mends.present", pair=pair(question, flip)),
                "follow-up",
            )
    for question, flip in flips(case, "accept", direction="break"):
        return present(
            say("one-change-mends.present", pair=pair(question, flip)),
            "follow-up",
        )
    return absent(say("one-change-mends.absent"), "follow-up")
