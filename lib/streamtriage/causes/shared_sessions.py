"""Servers that give one session to all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.ended_by_others import ends_others
from streamtriage.causes.judgement import Judgement, absent
from streamtriage.model.message import say
from streamtriage.observations.broken_promise import shares_session

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["told_by_sharing"]


def told_by_sharing(case: Case) -> Judgement | None:
    """Return why an end or a refusal says nothing of one session by itself.

    None where each session that was opened has an id of its own, and ends alone.
    """
    if ends_others(case):
        return absent(
            say("shared-session.told-by-sharing.absent.what-another-session-of"),
            "concurrent",
        )
    if not shares_session(case):
        return None
    return absent(
        say("shared-session.told-by-sharing.absent"),
        "concurrent",
    )
