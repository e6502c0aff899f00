"""How often streams dropped over days and weeks."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from streamtriage.charts.svg import (
    WIDTH,
    Picture,
    line,
    picture,
    rectangle,
    words,
)
from streamtriage.languages import translate
from streamtriage.phrases import count

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from streamtriage.markup.html import Html

__all__ = ["drops_per_hour"]

_BARS = 120
_CHANGES_SHOWN = 5
_LEFT, _PLOT, _TOP, _ROW = 34.0, 130.0, 22.0, 18.0
_ROOM = 92.0


class _Step(NamedTuple):
    """How long one bar is, and what people call that."""

    length: timedelta
    name: str


STEPS = (
    _Step(timedelta(hours=1), "hour"),
    _Step(timedelta(hours=6), "6 hours"),
    _Step(timedelta(days=1), "day"),
    _Step(timedelta(days=7), "week"),
    _Step(timedelta(days=28), "4 weeks"),
    _Step(timedelta(days=364), "52 weeks"),
)
# A Monday; all bars begin a whole number of their lengths after it.
_ZERO = datetime(2001, 1, 1, tzinfo=UTC)


def drops_per_hour(
    times: Sequence[datetime],
    changes: Sequence[tuple[datetime, str]] = (),
    title: str = "",
) -> Picture | None:
    """Draw how many streams dropped in each hour, or where that is too fine, each day.

    `changes` are moments to mark, such as a new version of the client. Times without
    a zone are read as UTC, and all are shown in UTC. None without a single time.
    """
    drops = sorted(_utc(each) for each in times)
    if not drops:
        return None
    step = next(
        (s for s in STEPS if (drops[-1] - drops[0]) / s.length <= _BARS), STEPS[-1]
    )
    begin = _floor(drops[0], step)
    bars = min(int((drops[-1] - begin) / step.length) + 1, _BARS)
    numbers = Counter(
        min(int((each - begin) / step.length), bars - 1) for each in drops
    )
    end = begin + step.length * bars
    marked = sorted((_utc(at), name) for at, name in changes)
    marked = [each for each in marked if begin <= each[0] < end][:_CHANGES_SHOWN]
    shapes = [
        *_bars(numbers, bars),
        *_axis(begin, step, bars),
        *_changes(marked, begin, end),
    ]
    named = title or translate("Drops per {step}", step=translate(step.name))
    return picture(
        named,
        _told(drops, numbers, begin, step),
        shapes,
        _TOP + _PLOT + 2 * _ROW + _ROW * len(marked),
    )


def _utc(at: datetime) -> datetime:
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def _floor(at: datetime, step: _Step) -> datetime:
    return _ZERO + step.length * ((at - _ZERO) // step.length)


def _bars(numbers: Counter[int], bars: int) -> Iterable[Html]:
    most, bottom = max(numbers.values()), _TOP + _PLOT
    yield words(_LEFT - 6, _TOP + 5, f"{most}", tone="quiet", anchor="end", width=_LEFT)
    yield words(_LEFT - 6, bottom, "0", tone="quiet", anchor="end")
    yield line(_LEFT, _TOP, WIDTH, _TOP, tone="line", pen=1)
    wide = (WIDTH - _LEFT) / bars
    for place, number in sorted(numbers.items()):
        tall = max(_PLOT * number / most, 2.0)
        gap = min(wide * 0.2, 2.0)
        # One bar alone would look like a wall.
        thick = min(wide - gap, 40.0)
        x = _LEFT + place * wide + (wide - thick) / 2
        yield rectangle(x, bottom - tall, thick, tall)


def _axis(begin: datetime, step: _Step, bars: int) -> Iterable[Html]:
    bottom = _TOP + _PLOT
    yield line(_LEFT, bottom, WIDTH, bottom, tone="quiet")
    wide = (WIDTH - _LEFT) / bars
    clock = step.length * bars <= timedelta(days=2)
    ends = -_ROOM
    for place in range(bars):
        at = begin + step.length * place
        x = _LEFT + place * wide
        room = x - ends >= _ROOM and WIDTH - x >= _ROOM
        if not place or (room and (clock or at.hour == 0)):
            ends = x
            yield line(x, bottom, x, bottom + 5, tone="quiet")
            said = at.strftime("%b %d %H:%M" if clock else "%Y-%m-%d")
            yield words(x, bottom + 20, said, tone="quiet")
    yield words(WIDTH, bottom + 20, "UTC", tone="quiet", anchor="end")


def _changes(
    marked: Sequence[tuple[datetime, str]], begin: datetime, end: datetime
) -> Iterable[Html]:
    y = _TOP + _PLOT + 2 * _ROW + 4
    for number, (at, name) in enumerate(marked):
        x = _LEFT + (WIDTH - _LEFT) * ((at - begin) / (end - begin))
        letter = "ABCDE"[number]
        yield line(x, _TOP - 4, x, _TOP + _PLOT, tone="mark", dash="5 3")
        yield words(x, _TOP - 7, letter, tone="mark", anchor="middle", bold=True)
        yield words(_LEFT / 2, y, letter, tone="mark", anchor="middle", bold=True)
        said = f"{at:%Y-%m-%d %H:%M}  {name}"
        yield words(_LEFT, y, said, width=WIDTH - _LEFT)
        y += _ROW


def _told(
    drops: Sequence[datetime], numbers: Counter[int], begin: datetime, step: _Step
) -> str:
    place, most = min(numbers.items(), key=lambda each: (-each[1], each[0]))
    worst = begin + step.length * place
    form = "%Y-%m-%d %H:%M"
    if len(drops) == 1:
        return translate("One stream dropped, at {at} UTC.", at=f"{drops[0]:{form}}")
    return translate(
        "{streams} dropped from {first} to {last} UTC; most in the {step} from "
        "{worst}: {most}.",
        streams=count(len(drops), "stream"),
        first=f"{drops[0]:{form}}",
        last=f"{drops[-1]:{form}}",
        step=translate(step.name),
        worst=f"{worst:{form}}",
        most=most,
    )
