"""The first GETs of sessions in which POST works, or why there are none to judge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.judgement import Judgement, absent, unknown
from streamtriage.model.message import say
from streamtriage.wording import answer

if TYPE_CHECKING:
    from streamtriage.model import Exchange
    from streamtriage.observations.case import Case

__all__ = ["first_gets"]


def first_gets(case: Case) -> tuple[Exchange, ...] | Judgement:
    """Return the live GETs if they can be set against a POST that works."""
    gets = case.live_gets
    if not gets:
        return unknown(say("gets.first-gets.unknown"))
    if case.posts_work is None:
        return unknown(say("gets.first-gets.unknown.no-post-was-answered"))
    turn = case.wavering
    if turn is not None:
        refused, taken = turn
        return unknown(
            say(
                "gets.first-gets.unknown.the-same-session-is",
                answer=answer(refused),
                answer_2=answer(taken),
            )
        )
    if not case.posts_work:
        return absent(say("gets.first-gets.absent"), "open")
    return gets
