"""What asking again with one thing changed showed: flips, and their words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.model.message import join_sentences, say
from streamtriage.model.roles import Role
from streamtriage.wording import answer, counted, listed, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamtriage.model import Change, ChangeKind, Direction, Exchange, Question
    from streamtriage.model.message import Text
    from streamtriage.observations.case import Case

__all__ = ["FORBIDDEN_FORMS", "flips", "pair", "questions", "told_of_changes"]

# Changes that take a form away which a server must take.
FORBIDDEN_FORMS = ("charset-off", "chunked-off")


def questions(case: Case, direction: Direction = "mend") -> tuple[Question, ...]:
    """Return what was asked again in this direction, in the order of the way."""
    asked = case.follow_up.questions if case.follow_up is not None else ()
    return tuple(each for each in asked if each.direction == direction)


def flips(
    case: Case, *kinds: ChangeKind, direction: Direction = "mend"
) -> Iterator[tuple[Question, Change]]:
    """Yield the changes of these kinds that made the difference, twice in turn.

    What was also taken as it is makes none: a server that refuses every other request
    answers in turn whatever is changed.
    """
    for each in questions(case, direction):
        flip = each.flip
        if direction == "mend" and _taken_as_it_is(case, each):
            continue
        if flip is not None and (not kinds or flip.kind in kinds):
            yield each, flip


def _taken_as_it_is(case: Case, question: Question) -> bool:
    """Tell whether the same was taken in the client's own form, at another time."""
    return any(
        each.exchange.worked
        for each in case.asked
        if (question.request == "initialize" and each.role.greets)
        or (question.request == "initialized" and each.role is Role.INITIALIZED)
        or (question.request == "post" and each.role.lists)
    )


def pair(question: Question, change: Change) -> Text:
    """Return the minimal pair as a sentence without its full stop."""
    first = question.again
    text = say(
        "asked-again.pair.text",
        request=question.request,
        said=_said(first),
        says=change.says,
        said_2=_said(change.tried),
    )
    back, more = change.unchanged, change.once_more
    if back is None or more is None:
        return text
    return say(
        "asked-again.pair", text=text, answer=answer(back), answer_2=answer(more)
    )


def _said(seen: Exchange) -> Text:
    """Return an answer, with its words where it is a refusal."""
    return answer(seen) + ("" if seen.worked else quoted(seen))


def told_of_changes(case: Case) -> Text:
    """Return what following up showed where it explained nothing; empty if not run."""
    told = [_told(case, each) for each in questions(case)]
    return join_sentences(told)


def _told(case: Case, question: Question) -> Text:
    if question.flip is not None and _taken_as_it_is(case, question):
        return say("asked-again.told", request=question.request)
    if question.again.worked:
        return say(
            "asked-again.told.asked-again-unchanged-was",
            request=question.request,
            answer=answer(question.again),
        )
    wavering = [c for c in question.changes if question.turn(c) == "wavers"]
    if wavering:
        return say(
            "asked-again.told.asked-again-was-answered", request=question.request
        )
    if not question.changes:
        return ""
    kinds = list(dict.fromkeys(_KINDS.get(c.kind, c.kind) for c in question.changes))
    return say(
        "asked-again.told.asked-again-with-one",
        changes=counted(len(question.changes), "change"),
        kinds=listed(kinds),
    )


_KINDS = {"agent": "User-Agent", "http-version": "HTTP version"}
