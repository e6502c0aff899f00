"""From seconds to places on a drawing, and the marks that people read time by."""

from __future__ import annotations

import math
from dataclasses import dataclass

from streamtriage.charts.svg import SMALL, WIDTH, Anchor, line, words
from streamtriage.markup.html import Html

__all__ = ["LogScale", "Scale", "axis", "short"]

_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86400.0
_STEPS = (
    *(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5),
    *(1.0, 2.0, 5.0, 10.0, 15.0, 30.0),
    *(_MINUTE, 2 * _MINUTE, 5 * _MINUTE, 10 * _MINUTE, 15 * _MINUTE, 30 * _MINUTE),
    *(_HOUR, 2 * _HOUR, 6 * _HOUR, 12 * _HOUR),
    *(_DAY, 2 * _DAY, 7 * _DAY, 14 * _DAY, 28 * _DAY, 91 * _DAY, 364 * _DAY),
)
_LOG_MARKS = (
    *(0.001, 0.01, 0.1, 1.0, 10.0, _MINUTE, 5 * _MINUTE, 15 * _MINUTE),
    *(_HOUR, 6 * _HOUR, _DAY, 7 * _DAY, 28 * _DAY, 364 * _DAY),
)
_ROOM = 52.0


def short(seconds: float) -> str:
    """Write a time for a mark: 200 ms, 1.5 s, 2 min, 1 h, 3 d."""
    for unit, name in ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "min")):
        whole = seconds / unit
        if whole >= 1 and abs(whole * 10 - round(whole * 10)) < 1e-6:
            return f"{whole:g} {name}"
    if 0 < abs(seconds) < 1:
        return f"{seconds * 1000:.3g} ms"
    return f"{seconds:.4g} s"


@dataclass(frozen=True)
class Scale:
    """Seconds from 0 to `until_s`, spread evenly from `left` to `right`."""

    until_s: float
    left: float = 0.0
    right: float = WIDTH

    def x(self, seconds: float) -> float:
        share = min(max(seconds / self.until_s, 0.0), 1.0)
        return self.left + share * (self.right - self.left)

    def marks(self) -> tuple[float, ...]:
        most = max((self.right - self.left) / _ROOM, 2.0)
        step = next((s for s in _STEPS if self.until_s / s <= most), self.until_s)
        return tuple(k * step for k in range(int(self.until_s / step + 1e-9) + 1))


@dataclass(frozen=True)
class LogScale:
    """Seconds from `from_s` to `until_s`, spread evenly by their logarithm."""

    from_s: float
    until_s: float
    left: float = 0.0
    right: float = WIDTH

    def x(self, seconds: float) -> float:
        bounded = min(max(seconds, self.from_s), self.until_s)
        share = math.log(bounded / self.from_s) / math.log(self.until_s / self.from_s)
        return self.left + share * (self.right - self.left)

    def marks(self) -> tuple[float, ...]:
        """Return readable times, as many as there is room for."""
        kept: list[float] = []
        for mark in _LOG_MARKS:
            inside = self.from_s <= mark <= self.until_s
            if inside and (not kept or self.x(mark) - self.x(kept[-1]) >= _ROOM):
                kept.append(mark)
        return tuple(kept)


def axis(scale: Scale | LogScale, y: float) -> Html:
    """Draw the time's axis, with its marks and their words below it."""
    parts = [line(scale.left, y, scale.right, y, tone="quiet")]
    marks = scale.marks()
    unit = _unit(marks[-1]) if isinstance(scale, Scale) else None
    for place, mark in enumerate(marks):
        x = scale.x(mark)
        anchor: Anchor = "middle" if place or x - scale.left > 12 else "start"
        x_said = min(x, WIDTH - 20)
        name = f"{mark / unit[0]:g} {unit[1]}" if unit else short(mark)
        parts.append(line(x, y, x, y + 5, tone="quiet"))
        said = words(x_said, y + 8 + SMALL, name, tone="quiet", anchor=anchor)
        parts.append(said)
    return Html("".join(parts))


def _unit(longest_s: float) -> tuple[float, str]:
    """Return one unit for all marks of an axis; mixed ones are hard to compare."""
    if longest_s < 1:
        return 0.001, "ms"
    if longest_s <= 3 * _MINUTE:
        return 1.0, "s"
    return (_MINUTE, "min") if longest_s <= 2 * _HOUR else (_HOUR, "h")
