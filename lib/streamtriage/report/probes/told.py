"""How one probe says what it saw: its question, and pairs of words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from streamtriage.model import ProbeEvidence
from streamtriage.model.message import tell
from streamtriage.phrases import answer
from streamtriage.report.document import Row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from streamtriage.model import Exchange

__all__ = ["TOLD", "Told", "answers", "counted", "share", "tells"]

E = TypeVar("E", bound=ProbeEvidence)


@dataclass(frozen=True)
class Told:
    """What a probe asks, in words, and what it says of its evidence."""

    question: str
    rows: Callable[[Any], Iterator[Row]]


# By the id of the probe; each file of this package writes its own.
TOLD: dict[str, Told] = {}


def tells(
    kind: type[E], question: str
) -> Callable[[Callable[[E], Iterator[Row]]], Callable[[E], Iterator[Row]]]:
    """Let a function say what was found in evidence of this kind.

    Raises ImportError where another one does.
    """
    probe = kind.model_fields["probe"].default

    def written(rows: Callable[[E], Iterator[Row]]) -> Callable[[E], Iterator[Row]]:
        if probe in TOLD:
            raise ImportError(f"two files say what {probe} found: {rows.__module__}")
        TOLD[probe] = Told(question, rows)
        return rows

    return written


def counted(seen: ProbeEvidence) -> Iterator[Row]:
    """Say of a probe without words of its own at least how much it found."""
    for name in type(seen).model_fields:
        value = getattr(seen, name)
        own = name not in ProbeEvidence.model_fields
        if own and isinstance(value, tuple) and value:
            yield Row(
                name.replace("_", " ").capitalize(),
                tell("report.facts.counted", number=len(value)),
            )


def answers(seen: Iterable[Exchange | None]) -> str:
    """Say what each of these was answered; nothing of those that were not sent."""
    return "; ".join(answer(each) for each in seen if each is not None)


def share(seen: Iterable[Exchange]) -> str:
    """Say how many of several requests were accepted; nothing if none was sent."""
    accepted = [each.accepted for each in seen]
    return (
        tell("report.access.share", accepted=sum(accepted), n_accepted=len(accepted))
        if accepted
        else ""
    )
