"""What the causes in a browser's rules have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.judgement import Judgement, absent, unknown
from streamtriage.model.message import say

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["judge_other_client"]


def judge_other_client(case: Case) -> Judgement:
    """Judge what only a browser does, where it may be none."""
    if case.intake.client:
        return absent(say("browser.not-a-browser.absent"), "guard")
    return unknown(say("browser.not-a-browser.unknown"))
