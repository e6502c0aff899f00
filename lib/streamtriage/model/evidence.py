"""Common to what every probe saw."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, get_args

from streamtriage.model.exchange import Event, Exchange
from streamtriage.model.vocabulary import Failure, Noun

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["ProbeEvidence", "walk_exchanges"]


class ProbeEvidence(Noun):
    """Common to every probe: its timeline, and what kept it from running."""

    timeline: tuple[Event, ...] = ()
    failure: Failure | None = None
    failure_detail: str = ""
    skipped: str = ""

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """Every exchange that this probe saw, in the order of its fields."""
        return tuple(seen for _, seen in walk_exchanges(self))


def walk_exchanges(value: object, path: str = "") -> Iterator[tuple[str, Exchange]]:
    """Yield every exchange in evidence with its place, such as `tries[0].get`."""
    if isinstance(value, Exchange):
        yield path, value
    elif isinstance(value, Noun):
        for name in _holding(type(value)):
            inner = f"{path}.{name}" if path else name
            yield from walk_exchanges(getattr(value, name), inner)
    elif isinstance(value, tuple):
        for index, each in enumerate(value):
            yield from walk_exchanges(each, f"{path}[{index}]")


@cache
def _holding(kind: type[Noun]) -> tuple[str, ...]:
    """Return the fields that can hold an exchange: most of them cannot."""
    fields = kind.model_fields.items()
    return tuple(name for name, field in fields if _can_hold(field.annotation))


def _can_hold(annotation: object) -> bool:
    if isinstance(annotation, type) and issubclass(annotation, Noun):
        return annotation is Exchange or bool(_holding(annotation))
    return any(_can_hold(part) for part in get_args(annotation))
