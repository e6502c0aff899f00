"""What asking again with one thing changed showed: flips, and their words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.words import answer, counted, listed, quoted
from streamtriage.model.roles import Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamtriage.model import Change, ChangeKind, Direction, Exchange, Question
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


def pair(question: Question, change: Change) -> str:
    """Return the minimal pair as a sentence without its full stop."""
    first = question.again
    text = (
        f"`{question.request}` was answered {_said(first)} when it was asked again "
        f"unchanged; {change.says}, it was answered {_said(change.tried)}"
    )
    back, more = change.unchanged, change.once_more
    if back is None or more is None:
        return text
    return f"{text}, without that again {answer(back)}, and with it {answer(more)}"


def _said(seen: Exchange) -> str:
    """Return an answer, with its words where it is a refusal."""
    return answer(seen) + ("" if seen.worked else quoted(seen))


def told_of_changes(case: Case) -> str:
    """Return what following up showed where it explained nothing; empty if not run."""
    told = [_told(case, each) for each in questions(case)]
    return " ".join(each for each in told if each)


def _told(case: Case, question: Question) -> str:
    if question.flip is not None and _taken_as_it_is(case, question):
        return (
            f"Asked as it is, `{question.request}` was refused and taken in turn, so "
            "no change that was tried shows anything."
        )
    if question.again.worked:
        return (
            f"Asked again unchanged, `{question.request}` was answered "
            f"{answer(question.again)}: it is refused and taken in turn."
        )
    wavering = [c for c in question.changes if question.turn(c) == "wavers"]
    if wavering:
        return (
            f"Asked again, `{question.request}` was answered in both ways, whatever "
            "was changed."
        )
    if not question.changes:
        return ""
    kinds = list(dict.fromkeys(_KINDS.get(c.kind, c.kind) for c in question.changes))
    return (
        f"Asked again with {counted(len(question.changes), 'change')}, one at a time "
        f"({listed(kinds)}), it was refused each time."
    )


_KINDS = {"agent": "User-Agent", "http-version": "HTTP version"}
