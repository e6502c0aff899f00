"""Common to what every probe saw."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.model.exchange import Event, Exchange
from streamtriage.model.vocabulary import Failure, Noun

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["ProbeEvidence"]


class ProbeEvidence(Noun):
    """Common to every probe: its timeline, and what kept it from running."""

    timeline: tuple[Event, ...] = ()
    failure: Failure | None = None
    failure_detail: str = ""
    skipped: str = ""

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """Every exchange that this probe saw, in the order of its fields."""
        return tuple(_exchanges_in(self))


def _exchanges_in(value: object) -> Iterator[Exchange]:
    if isinstance(value, Exchange):
        yield value
    elif isinstance(value, Noun):
        for name in type(value).model_fields:
            yield from _exchanges_in(getattr(value, name))
    elif isinstance(value, tuple):
        for each in value:
            yield from _exchanges_in(each)
