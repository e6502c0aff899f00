"""Ages at which streams ended, and whether silence or age can have ended them.

An age counts from the last byte of the request, and a silence includes the wait for
the head: a hop's timer runs from there, whatever it then passes on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from streamtriage.causes.judgement import Judgement, absent, unknown
from streamtriage.model import End
from streamtriage.model.message import say
from streamtriage.observations.cut import FLAP_S
from streamtriage.wording import listed, seconds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamtriage.model import Exchange, Reopening
    from streamtriage.model.message import Text
    from streamtriage.observations.case import Case

__all__ = [
    "ONE_MOMENT_S",
    "OURS",
    "TOGETHER_S",
    "Agreement",
    "Lives",
    "Measure",
    "age_s",
    "agreement",
    "at_one_age",
    "begun",
    "by_http2",
    "ended_together",
    "flowed",
    "lives",
    "noisy_against",
    "over",
    "reopened_at_once",
    "silence_s",
    "silent_to_death",
    "times",
    "watched",
]

# What arrives within this time was let go by the last hop at once.
TOGETHER_S = 0.25
# Two ages are one limit's only if they are nearly the same: cuts that come as they like
# are near each other by chance, and then two of them look like a timer.
NEAR = 0.01
NEAR_S = 0.05
# With a third one that agrees, chance is small, and a timer that is looked at once a
# second, or is off by a part of its length, may be named.
NEAR_OF_THREE = 0.05
TICK_S = 1.0
TIMER_DRIFT = 0.02
THREE = 3
# A difference that is a larger part of the distance between the starts than this would
# fit one event as well as one age.
LIKE_ONE_EVENT = 1 / 3
# A last silence longer than this many times the longest one survived is a longer one.
LONGER = 1.1
# An event that ends all streams ends them one after the other.
ONE_MOMENT_S = 0.3
OURS = say("ages.ours")
Measure: TypeAlias = Literal["age", "silence"]
# `one`: one limit. `near`: two that a third would have to settle. `together`: the
# starts lie too near each other to tell. `ours`: our own lateness explains it.
Agreement: TypeAlias = Literal["one", "near", "together", "ours", "differ"]


@dataclass(frozen=True)
class Lives:
    """Watched streams that all ended by themselves, in the order of the watches."""

    streams: tuple[Exchange, ...]

    @property
    def first(self) -> Exchange:
        return self.streams[0]

    @property
    def ages(self) -> tuple[float, ...]:
        return tuple(age_s(each) for each in self.streams)

    @property
    def longest_s(self) -> float:
        return max(self.ages)

    @property
    def by_age(self) -> Agreement:
        return agreement(self.streams, "age")

    @property
    def one_age(self) -> bool:
        return self.by_age == "one"

    @property
    def polite(self) -> bool:
        return all(each.end is not None and each.end.clean for each in self.streams)

    @property
    def said(self) -> Text:
        """Return every age that was measured, and how far apart the streams began."""
        return say("ages.said", begun=begun(self.streams), times=times(self.ages))


def begun(streams: Sequence[Exchange]) -> Text:
    """Return how many streams there are, and when each began, to begin a sentence."""
    starts = sorted(each.sent_at_s for each in streams)
    apart = [seconds(start - starts[0]) for start in starts[1:]]
    if len(streams) == 2:
        return say("ages.begun", apart=apart[0])
    number = say("word.three") if len(streams) == THREE else len(streams)
    return say("ages.begun.streams-the-later-ones", number=number, apart=listed(apart))


def times(values: Sequence[float]) -> Text:
    """Return what was measured, one by one: a mean would be a number nobody saw."""
    return listed([seconds(each) for each in values])


def age_s(seen: Exchange) -> float:
    """Return how long after the last byte of its request a response ended."""
    return seen.lived_s or 0.0 if seen.age_s is None else seen.age_s


def silence_s(seen: Exchange) -> float:
    """Return for how long nothing came before the end.

    A head that was held back and let go with the cut is no sign of life: then it is the
    wait for the head that was silent.
    """
    last = seen.silent_s or 0.0
    if seen.lived_s is not None and seen.lived_s <= TOGETHER_S:
        return (seen.head_wait_s or 0.0) + last
    return last


def agreement(streams: Sequence[Exchange], measure: Measure) -> Agreement:
    """Tell whether streams ended by one limit on their age, or on a silence.

    Three that agree are one limit. Two are one only within 1 % or 50 ms, and what this
    program itself may have been late. Streams that began at one moment tell nothing:
    one event ends them at one age as well.
    """
    measured = [_measured(each, measure) for each in streams]
    if measure == "silence" and all(map(_silent_since_its_head, streams)):
        # When a head was read is not when it was sent, nor is what came with it: the
        # silence began in between the request and that, and where one beginning fits
        # all, it is one silence.
        whole = [age_s(each) for each in streams]
        measured = min(measured, whole, key=lambda them: max(them) - min(them))
    spread_s, largest_s = max(measured) - min(measured), max(measured)
    starts = [each.sent_at_s for each in streams]
    apart_s = max(starts) - min(starts)
    narrow_s = max(NEAR_S, NEAR * largest_s)
    wide_s = max(
        NEAR_S, min(TICK_S, NEAR_OF_THREE * largest_s), TIMER_DRIFT * largest_s
    )
    near_s = wide_s if len(streams) >= THREE else narrow_s
    most_s = apart_s * LIKE_ONE_EVENT
    late_s = sum(sorted(each.late_s + each.end_late_s for each in streams)[-2:])
    if apart_s <= 2 * NEAR_S:
        return "together"
    if spread_s <= min(near_s + late_s, most_s) or _ours_aside(
        streams, measured, near_s=narrow_s
    ):
        return "one"
    if _at_one_moment(streams):
        return "differ"
    if late_s > 0 and spread_s <= max(near_s, narrow_s) + late_s:
        return "ours"
    return "near" if len(streams) < THREE and spread_s <= wide_s else "differ"


def _silent_since_its_head(seen: Exchange) -> bool:
    """Tell whether nothing came, or only what came with the head."""
    lasted_s = (seen.lived_s or 0.0) - (seen.silent_s or 0.0)
    return not seen.body_bytes or lasted_s <= NEAR_S


def _ours_aside(
    streams: Sequence[Exchange], measured: Sequence[float], *, near_s: float
) -> bool:
    """Tell whether two agree, and what we read late may have ended at that age too.

    A moment that was read late lies up to so much before: never after.
    """
    pairs = list(zip(streams, measured, strict=True))
    sharp = [(s, age) for s, age in pairs if s.late_s + s.end_late_s <= near_s]
    if len(sharp) < 2 or len(sharp) == len(pairs):
        return False
    least_s, most_s = min(age for _, age in sharp), max(age for _, age in sharp)
    starts = [s.sent_at_s for s, _ in sharp]
    apart_s = (max(starts) - min(starts)) * LIKE_ONE_EVENT
    fits = all(
        least_s - near_s <= age <= most_s + near_s + s.late_s + s.end_late_s
        for s, age in pairs
    )
    return most_s - least_s <= min(near_s, apart_s) and fits


def at_one_age(
    first: Exchange, second: Exchange, age: Literal["lived_s", "silent_s"]
) -> bool:
    """Tell whether two streams that started apart ended at the same age."""
    measure: Measure = "silence" if age == "silent_s" else "age"
    return agreement((first, second), measure) == "one"


def _at_one_moment(streams: Sequence[Exchange]) -> bool:
    """Tell whether streams ended at the same time, some older than others."""
    moments = [each.ended_at_s or 0.0 for each in streams]
    late_s = max(each.end_late_s for each in streams)
    starts = [each.sent_at_s for each in streams]
    apart_s = max(starts) - min(starts)
    slack_s = min(ONE_MOMENT_S + late_s, apart_s / 2)
    return max(moments) - min(moments) <= slack_s


def ended_together(case: Case) -> tuple[Exchange, ...]:
    """Return the most streams that ended at one moment, some older than others.

    A stream is young or old at that moment, as it happens; none is too young to count.
    """
    ended_ones = [
        each for each in case.sent_gets if over(each) and not each.ended_to_be_polled
    ]
    best: tuple[Exchange, ...] = ()
    for one in ended_ones:
        moment_s = one.ended_at_s or 0.0
        group = tuple(
            each
            for each in ended_ones
            if abs((each.ended_at_s or 0.0) - moment_s) <= ONE_MOMENT_S
        )
        aged = len(group) > 1 and agreement(group, "age") in ("differ", "near")
        if aged and _at_one_moment(group) and len(group) > len(best):
            best = group
    return best


def watched(case: Case) -> tuple[Exchange, ...]:
    """Return the streams that were watched in silence."""
    return tuple(w.stream for w in case.watches if w.stream.is_event_stream)


def lives(case: Case) -> Lives | Judgement:
    """Return the watched streams if all ended by themselves, or what is not so.

    Whoever asks for ages gets them, or the sentence that says which of these three was
    not the case: two were watched, they ended, and they had lived for a while.
    """
    streams = watched(case)
    if len(streams) < 2:
        return unknown(say("ages.lives.unknown"))
    gone = [each for each in streams if over(each)]
    oldest_s = max((age_s(each) for each in gone), default=0.0)
    lived = max((age_s(each) for each in streams if not over(each)), default=0.0)
    if len(gone) < 2 or lived > oldest_s:
        some = (
            say("ages.lives.some", n_gone=len(gone), n_streams=len(streams))
            if gone
            else ""
        )
        return absent(
            say("ages.lives.absent", lived=seconds(lived), some=some),
            "hold",
        )
    brief = [each for each in gone if age_s(each) < FLAP_S]
    if brief:
        return absent(
            say(
                "ages.lives.absent.of-streams-ended-within",
                n_brief=len(brief),
                n_gone=len(gone),
                age_s=seconds(max(age_s(each) for each in brief)),
            ),
            "hold",
        )
    return Lives(tuple(gone))


def over(seen: Exchange) -> bool:
    """True when it ended by itself, and not by us."""
    return seen.is_event_stream and seen.end is not None and seen.end.natural


def _measured(seen: Exchange, measure: Measure) -> float:
    return age_s(seen) if measure == "age" else silence_s(seen)


def flowed(seen: Exchange) -> bool:
    """True when bytes kept coming, so that the last silence was no unusual one."""
    arrivals = seen.comments + seen.events
    return arrivals >= 2 and not silent_to_death(seen)


def silent_to_death(seen: Exchange) -> bool:
    """True when the last silence was the longest one, by more than jitter."""
    last = silence_s(seen)
    if seen.lived_s is not None and seen.lived_s <= TOGETHER_S:
        # What was survived before is the wait for the head, and that is the silence.
        return last >= FLAP_S
    return last >= FLAP_S and last > LONGER * seen.longest_silence_s


def by_http2(seen: Exchange) -> bool:
    """True when RST_STREAM or GOAWAY ended it."""
    return seen.end in (End.STREAM_RESET, End.GOAWAY)


def noisy_against(case: Case, seen: Lives) -> Literal["outlived", "same-age", ""]:
    """Compare the stream that we kept noisy with the silent ones.

    Empty where no noise could be provoked, or where it says nothing.
    """
    found = case.lifetime
    if found is None or not found.provoked or found.noisy is None:
        return ""
    noisy = found.noisy
    lived_s = age_s(noisy)
    if lived_s > seen.longest_s * (1 + NEAR_OF_THREE) + TICK_S / 2:
        return "outlived"
    was_noisy = found.noises >= 2 and (noisy.silent_s or 0.0) < 0.8 * min(seen.ages)
    # Beside streams that agree, it is a third one, with a third one's margin.
    together = agreement((noisy, *seen.streams), "age") == "one"
    return "same-age" if over(noisy) and was_noisy and together else ""


def reopened_at_once(reopening: Reopening | None) -> bool:
    """Tell whether the first try already got a stream again."""
    if reopening is None or not reopening.attempts:
        return False
    return reopening.attempts[0].get.is_event_stream
