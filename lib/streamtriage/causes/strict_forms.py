"""Forms of a request that a server refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.asked_again import FORBIDDEN_FORMS, flips, pair, questions
from streamtriage.causes.judgement import Judgement, absent, present, unknown
from streamtriage.model.message import say

if TYPE_CHECKING:
    from streamtriage.model import ChangeKind
    from streamtriage.model.message import Text
    from streamtriage.observations.case import Case

__all__ = ["judge_form"]


def judge_form(case: Case, kind: ChangeKind, who: Text) -> Judgement:
    """Judge a form that was put on or taken away while all else stayed the same."""
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
