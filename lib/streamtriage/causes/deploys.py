"""Times in which everything was refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from streamtriage.causes.stream_ages import ended_together
from streamtriage.model import Failure

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamtriage.model import Exchange
    from streamtriage.observations.case import Case

__all__ = [
    "LEAST_REFUSALS",
    "LEAST_SPAN_S",
    "Window",
    "find_window",
    "session_came_back",
]

# Fewer refusals, or closer together, are one hiccup.
LEAST_REFUSALS = 2
LEAST_SPAN_S = 0.3


@dataclass(frozen=True)
class Window:
    """A time in which everything was refused, between times in which nothing was."""

    refused: tuple[Exchange, ...]
    good_after_s: float
    cut: tuple[Exchange, ...] = ()

    @property
    def from_s(self) -> float:
        first_s = self.refused[0].started_s
        return min([first_s, *(seen.ended_at_s or first_s for seen in self.cut)])

    @property
    def span_s(self) -> float:
        return self.refused[-1].started_s - self.from_s


def find_window(case: Case, refused: Callable[[Exchange], bool]) -> Window | None:
    """Return the one window of refusals that began and ended while we watched."""
    asked = sorted(
        (seen for seen in case.exchanges if _is_own_question(case, seen)),
        key=lambda seen: seen.started_s,
    )
    bad = tuple(seen for seen in asked if refused(seen))
    good = [seen.started_s for seen in asked if seen.accepted or seen.status == 405]
    if not bad:
        return None
    first_s, last_s = bad[0].started_s, bad[-1].started_s
    before = [at_s for at_s in good if at_s < first_s]
    after = [at_s for at_s in good if at_s > last_s]
    if len(before) < 2 or not after or len(before) + len(after) < len(good):
        return None
    window = Window(bad, min(after), _cut_by_outage(case, max(before), first_s))
    enough = len(bad) + bool(window.cut) >= LEAST_REFUSALS
    return window if enough and window.span_s >= LEAST_SPAN_S else None


def _cut_by_outage(case: Case, after_s: float, until_s: float) -> tuple[Exchange, ...]:
    """Return streams that were cut at one moment right before the first refusal.

    Who goes away ends what is open: that is the first thing to be seen of it.
    """
    gone = ended_together(case)
    hard = all(seen.end is not None and not seen.end.clean for seen in gone)
    moments = [seen.ended_at_s or 0.0 for seen in gone]
    between = all(after_s <= at_s <= until_s for at_s in moments)
    return gone if hard and between else ()


def _is_own_question(case: Case, seen: Exchange) -> bool:
    """True for what a sound server accepts: no made-up session, no foreign revision."""
    own = seen.session == "live" or seen.method == "POST"
    return (
        own
        and seen.session not in ("made-up", "ended")
        and not case.role_of(seen).discovers
        and seen.method != "DELETE"
        and seen.failure is not Failure.NOT_SENT
    )


def session_came_back(case: Case) -> bool:
    """True when a session that had been refused was accepted again."""
    return any(r.refused and r.recovered for r in case.reopenings)
