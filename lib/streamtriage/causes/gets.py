"""The first GETs of sessions in which POST works, or why there are none to judge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.judgement import Judgement, absent, unknown
from streamtriage.causes.words import answer

if TYPE_CHECKING:
    from streamtriage.model import Exchange
    from streamtriage.observations.case import Case

__all__ = ["first_gets"]


def first_gets(case: Case) -> tuple[Exchange, ...] | Judgement:
    """Return the live GETs if they can be set against a POST that works."""
    gets = case.live_gets
    if not gets:
        return unknown("No GET was answered in a live session.")
    if case.posts_work is None:
        return unknown("No POST was answered in the same session.")
    turn = case.wavering
    if turn is not None:
        refused, taken = turn
        return unknown(
            f"The same session is refused ({answer(refused)}) and accepted "
            f"({answer(taken)}) in turn, so a refused GET says nothing of GETs."
        )
    if not case.posts_work:
        return absent("POST is refused as well, so this is not about GET.", "open")
    return gets
