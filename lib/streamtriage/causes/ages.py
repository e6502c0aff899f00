"""Ages at which streams ended, and whether silence or age can have ended them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from streamtriage.model import End

if TYPE_CHECKING:
    from streamtriage.causes.case import Case
    from streamtriage.model import Exchange

__all__ = [
    "OURS",
    "Lives",
    "at_one_age",
    "by_http2",
    "flowed",
    "lives",
    "may_be_ours",
    "noisy_against",
    "silent_to_death",
]

# A shorter life is a stream that was hardly opened: `instant-close-flap`.
LEAST_AGE_S = 1.0
# Two ages are one limit if they differ by less than a third of the distance between
# the two starts: a single event would make them differ by all of it.
SAME_AGE = 1 / 3
# A timer that fires after minutes is off by a part of its length. Off by more than half
# of the distance between the starts, it would look like a single event.
TIMER_DRIFT = 0.02
LIKE_ONE_EVENT = 1 / 2
# A last silence longer than this many times the longest one survived is a longer one.
LONGER = 1.1

OURS = (
    ", and by the difference this program itself may have been late, for this machine "
    "was busy. Run it again when less is going on."
)


@dataclass(frozen=True)
class Lives:
    """Two streams in sessions of their own that both ended by themselves."""

    first: Exchange
    second: Exchange

    @property
    def ages(self) -> tuple[float, float]:
        return self.first.lived_s or 0.0, self.second.lived_s or 0.0

    @property
    def age_s(self) -> float:
        return sum(self.ages) / 2

    @property
    def apart_s(self) -> float:
        return abs(self.second.started_s - self.first.started_s)

    @property
    def slack_s(self) -> float:
        return _slack_s(self.apart_s, max(self.ages))

    @property
    def one_age(self) -> bool:
        return at_one_age(self.first, self.second, "lived_s")

    @property
    def one_moment(self) -> bool:
        """True when both ended at the same time, one older than the other."""
        first, second = (s.started_s + (s.ended_s or 0.0) for s in self.both)
        return not self.one_age and abs(first - second) <= self.slack_s

    @property
    def both(self) -> tuple[Exchange, Exchange]:
        return self.first, self.second


def at_one_age(
    first: Exchange, second: Exchange, age: Literal["lived_s", "silent_s"]
) -> bool:
    """Tell whether two streams that started apart ended at the same age."""
    silent = age == "silent_s"
    one = (first.silent_s if silent else first.lived_s) or 0.0
    two = (second.silent_s if silent else second.lived_s) or 0.0
    apart = abs(second.started_s - first.started_s)
    return abs(one - two) <= _slack_s(apart, max(one, two))


def _slack_s(apart_s: float, age_s: float) -> float:
    drift_s = min(TIMER_DRIFT * age_s, apart_s * LIKE_ONE_EVENT)
    return max(apart_s * SAME_AGE, drift_s)


def may_be_ours(
    first: Exchange, second: Exchange, age: Literal["lived_s", "silent_s"]
) -> bool:
    """Tell whether ages differ by no more than this program itself may have been late.

    What it read late, it dated late; whether there is one limit is then not known.
    """
    silent = age == "silent_s"
    one = (first.silent_s if silent else first.lived_s) or 0.0
    two = (second.silent_s if silent else second.lived_s) or 0.0
    late_s = sum(each.late_s + each.end_late_s for each in (first, second))
    apart_s = abs(second.started_s - first.started_s)
    return late_s > 0 and abs(one - two) <= _slack_s(apart_s, max(one, two)) + late_s


def lives(case: Case) -> Lives | None:
    """Return the two watched streams if both lived for a while and ended themselves."""
    streams = [watch.stream for watch in case.watches[:2]]
    if len(streams) < 2 or not all(_ended(each) for each in streams):
        return None
    return Lives(*streams)


def _ended(seen: Exchange) -> bool:
    return (
        seen.is_event_stream
        and seen.end is not None
        and seen.end.natural
        and (seen.lived_s or 0.0) >= LEAST_AGE_S
    )


def flowed(seen: Exchange) -> bool:
    """True when bytes kept coming, so that the last silence was no unusual one."""
    arrivals = seen.comments + seen.events
    return arrivals >= 2 and not silent_to_death(seen)


def silent_to_death(seen: Exchange) -> bool:
    """True when the last silence was the longest one, by more than jitter."""
    last = seen.silent_s or 0.0
    return last >= LEAST_AGE_S and last > LONGER * seen.longest_silence_s


def by_http2(seen: Exchange) -> bool:
    """True when RST_STREAM or GOAWAY ended it."""
    return seen.end in (End.STREAM_RESET, End.GOAWAY)


def noisy_against(case: Case, seen: Lives) -> Literal["outlived", "same-age", ""]:
    """Compare the stream that we kept noisy with the two silent ones.

    Empty where no noise could be provoked, or where it says nothing.
    """
    found = case.lifetime
    if found is None or not found.provoked or found.noisy is None:
        return ""
    noisy = found.noisy
    age_s = noisy.lived_s or 0.0
    if age_s > seen.age_s + 2 * seen.slack_s:
        return "outlived"
    was_noisy = found.noises >= 2 and (noisy.silent_s or 0.0) < 0.8 * seen.age_s
    together = abs(age_s - seen.age_s) <= seen.slack_s
    return "same-age" if _ended(noisy) and was_noisy and together else ""
