"""How long streams lived before they dropped, against the limits that are known."""

from __future__ import annotations

import math
from statistics import median
from typing import TYPE_CHECKING, NamedTuple, Protocol

from streamtriage.charts.scale import LogScale, axis, short
from streamtriage.charts.svg import (
    WIDTH,
    Picture,
    circle,
    line,
    picture,
    rectangle,
    words,
)
from streamtriage.knowledge.limits import fires
from streamtriage.languages import translate
from streamtriage.markup.html import Html
from streamtriage.phrases import count, duration

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["KnownLimit", "Marked", "marked_limits", "uptime_histogram"]

_LIMITS_SHOWN = 6
_NAMES_SHOWN = 3
_BARS_PER_DECADE = 12
_LEFT, _PLOT = 34.0, 150.0
_TOP = 22.0
_ROW = 20.0
_SHORTEST_S, _LONGEST_S = 0.01, 366 * 86400.0


class KnownLimit(Protocol):
    """A limit as `knowledge.limits` has it; one without seconds is left out."""

    @property
    def product(self) -> str: ...
    @property
    def seconds(self) -> float | None: ...


class Marked(NamedTuple):
    """One known time: whose limits it is, and how many streams ended just then."""

    seconds: float
    names: tuple[str, ...]
    hits: int


def uptime_histogram(
    uptimes_s: Sequence[float],
    limits: Sequence[KnownLimit],
    title: str = "",
) -> Picture | None:
    """Draw how many streams ended at which age, with the known limits marked.

    The axis of time is logarithmic. At most six limits are marked, those at which most
    streams ended first. None without a single finite time.
    """
    lives = [
        min(max(each, _SHORTEST_S), _LONGEST_S)
        for each in uptimes_s
        if math.isfinite(each) and each >= 0
    ]
    if not lives:
        return None
    marked = marked_limits(lives, limits)
    scale = _scale(lives, marked)
    shapes = [
        *_bars(lives, scale),
        axis(scale, _TOP + _PLOT),
        *_lines(marked, scale),
        *_legend(marked, len(lives)),
    ]
    height = _TOP + _PLOT + 2 * _ROW + _ROW * len(marked)
    named = title or translate("How long streams lived before they dropped")
    return picture(named, _told(lives, marked), shapes, height)


def marked_limits(
    uptimes_s: Sequence[float], limits: Iterable[KnownLimit]
) -> tuple[Marked, ...]:
    """Return the known times worth marking, shortest first."""
    names: dict[float, dict[str, None]] = {}
    for limit in limits:
        if limit.seconds is not None and _SHORTEST_S <= limit.seconds <= _LONGEST_S:
            names.setdefault(limit.seconds, {})[limit.product] = None
    longest = max(uptimes_s, default=0.0)
    found = [
        Marked(seconds, tuple(who), sum(fires(seconds, age) for age in uptimes_s))
        for seconds, who in names.items()
        # What lies far beyond the longest life says nothing about any of them.
        if seconds <= longest * 2
    ]
    best = sorted(found, key=lambda m: (-m.hits, -len(m.names), m.seconds))
    return tuple(sorted(best[:_LIMITS_SHOWN]))


def _scale(lives: Sequence[float], marked: Sequence[Marked]) -> LogScale:
    times = [*lives, *(each.seconds for each in marked)]
    low = math.floor(math.log10(min(times)) * _BARS_PER_DECADE) - 1
    high = math.floor(math.log10(max(times)) * _BARS_PER_DECADE) + 2
    # A lone peak is easier to read with some of the usual times around it.
    low = min(low, high - _BARS_PER_DECADE)
    return LogScale(_edge(low), _edge(high), _LEFT, WIDTH)


def _edge(place: int) -> float:
    return float(10 ** (place / _BARS_PER_DECADE))


def _bars(lives: Sequence[float], scale: LogScale) -> Iterable[Html]:
    first = round(math.log10(scale.from_s) * _BARS_PER_DECADE)
    last = round(math.log10(scale.until_s) * _BARS_PER_DECADE)
    numbers = dict.fromkeys(range(first, last), 0)
    for life in lives:
        place = math.floor(math.log10(life) * _BARS_PER_DECADE + 1e-9)
        numbers[min(max(place, first), last - 1)] += 1
    most = max(numbers.values())
    bottom = _TOP + _PLOT
    yield words(_LEFT - 6, _TOP + 5, f"{most}", tone="quiet", anchor="end", width=_LEFT)
    yield words(_LEFT - 6, bottom, "0", tone="quiet", anchor="end")
    yield line(_LEFT, _TOP, WIDTH, _TOP, tone="line", pen=1)
    for place, number in numbers.items():
        if number:
            left, right = scale.x(_edge(place)), scale.x(_edge(place + 1))
            tall = max(_PLOT * number / most, 2.0)
            wide = max(right - left - 1.5, 2.0)
            yield rectangle(left + 0.75, bottom - tall, wide, tall)


def _lines(marked: Sequence[Marked], scale: LogScale) -> Iterable[Html]:
    taken = -math.inf
    for number, each in enumerate(marked, 1):
        x = scale.x(each.seconds)
        yield line(x, _TOP - 4, x, _TOP + _PLOT, tone="mark", dash="5 3")
        # Limits close to each other keep their numbers side by side.
        taken = max(x, taken + 19)
        yield _badge(min(taken, WIDTH - 9), _TOP - 12, number)


def _badge(x: float, y: float, number: int) -> Html:
    said = words(x, y + 4.5, str(number), tone="sheet", anchor="middle", bold=True)
    return Html(circle(x, y, 9, "mark") + said)


def _legend(marked: Sequence[Marked], of: int) -> Iterable[Html]:
    y = _TOP + _PLOT + 2 * _ROW + 6
    for number, each in enumerate(marked, 1):
        yield _badge(_LEFT / 2, y - 4.5, number)
        yield words(_LEFT, y, _named(each.seconds), bold=True)
        hits = translate("none ended here")
        if each.hits:
            hits = translate("{hits} of {of} ended here", hits=each.hits, of=of)
        # One alone may be there by chance.
        yield words(WIDTH, y, hits, anchor="end", bold=each.hits > 1)
        yield words(_LEFT + 54, y, _who(each.names), tone="quiet", width=WIDTH - 220)
        y += _ROW


def _named(seconds: float) -> str:
    """Write a limit as its product's documentation does: 300 s, not 5 min."""
    return f"{seconds:g} s" if seconds < 1000 else short(seconds)


def _who(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_NAMES_SHOWN])
    more = len(names) - _NAMES_SHOWN
    return translate("{names} and {n} more", names=shown, n=more) if more > 0 else shown


def _told(lives: Sequence[float], marked: Sequence[Marked]) -> str:
    said = translate(
        "{streams} dropped after {shortest} to {longest}, half of them within {half}.",
        streams=count(len(lives), "stream"),
        shortest=duration(min(lives)),
        longest=duration(max(lives)),
        half=duration(median(lives)),
    )
    best = max(marked, key=lambda each: each.hits, default=None)
    if best is None or not best.hits:
        return f"{said} {translate('None of the known limits that are marked fits.')}"
    share = translate(
        "{hits} of them ended just at the known limit of {limit}: {names}.",
        hits=best.hits,
        limit=_named(best.seconds),
        names=_who(best.names),
    )
    return f"{said} {share}"
