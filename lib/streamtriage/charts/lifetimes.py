"""Streams side by side, by their age: what came, how long they were silent, the end."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from streamtriage.charts.scale import Scale, axis
from streamtriage.charts.svg import (
    WIDTH,
    diamond,
    line,
    paragraph,
    picture,
    rectangle,
    words,
)
from streamtriage.charts.symbols import end_sign, ending, sign
from streamtriage.knowledge.cuts import cut_times
from streamtriage.languages import translate
from streamtriage.languages.request_names import request_name
from streamtriage.phrases import count, duration
from streamtriage.wording import spoken_list

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from streamtriage.charts.svg import Picture
    from streamtriage.charts.symbols import Sign
    from streamtriage.knowledge.cuts import CutTime
    from streamtriage.markup.html import Html
    from streamtriage.model import Event, Exchange

__all__ = ["Life", "stream_lives"]

_LANE, _TRACK, _RIGHT = 46.0, 12.0, WIDTH - 14.0
_LANES_SHOWN = 8
_SUSPECTS_SHOWN = 3
# Thousands of moments are drawn in columns so wide, one mark for each kind.
_COLUMN = 4.0
_CAME = "{name}: {ended} at the age of {age} after {came}."
_EMPTY = "{name}: {ended} at the age of {age} without an event."
_KINDS = ("bytes", "comment", "event")
_LINE = 18.0


class Life(NamedTuple):
    """One stream and the timeline that its moments stand in."""

    stream: Exchange
    timeline: Sequence[Event]


def stream_lives(lives: Sequence[Life], title: str = "") -> Picture | None:
    """Draw each stream as a line from its response head to its end, by its age.

    Where an end fits the age at which somebody is known to cut streams, that age is
    marked and named. None where no stream was opened.
    """
    shown = [each for each in lives if each.stream.is_event_stream][:_LANES_SHOWN]
    if not shown:
        return None
    oldest = max(each.stream.lived_s or 0.0 for each in shown)
    scale = Scale(max(oldest, 0.5), 0.0, _RIGHT)
    suspects = _suspects(shown)
    top = 20.0 if suspects else 0.0
    bottom = top + _LANE * len(shown) + 2
    shapes = [
        *_limits(suspects, scale),
        *(
            drawn
            for place, life in enumerate(shown)
            for drawn in _lane(life, suspects, top + place * _LANE, scale)
        ),
        axis(scale, bottom),
    ]
    y = bottom + 44
    for drawn, taken in _legend(suspects, y):
        shapes.append(drawn)
        y = max(y, taken)
    shapes += _key(y + 4)
    named = title or translate("What came on each stream, and how it ended")
    return picture(named, _told(shown, suspects), shapes, y + 10)


def _suspects(lives: Sequence[Life]) -> tuple[CutTime, ...]:
    ages = [
        each.stream.lived_s
        for each in lives
        if each.stream.lived_s is not None
        and each.stream.end is not None
        and each.stream.end.natural
    ]
    found = (row for row in cut_times() if any(row.matches(age) for age in ages))
    return tuple(found)[:_SUSPECTS_SHOWN]


def _limits(suspects: Sequence[CutTime], scale: Scale) -> Iterable[Html]:
    for row in suspects:
        middle = (scale.x(row.from_s) + scale.x(row.to_s)) / 2
        x = min(max(middle, 30.0), WIDTH - 40)
        yield words(x, 10, _span(row), tone="mark", anchor="middle", bold=True)


def _span(row: CutTime) -> str:
    if row.from_s == row.to_s:
        return f"{row.from_s:g} s"
    return f"{row.from_s:g}-{row.to_s:g} s"


def _lane(
    life: Life, suspects: Sequence[CutTime], y: float, scale: Scale
) -> Iterable[Html]:
    seen = life.stream
    end = scale.x(seen.lived_s or 0.0)
    middle = y + 32
    text = f"{ending(seen)}, {duration(seen.lived_s)}"
    yield words(WIDTH, y + 14, text, anchor="end", bold=True, width=WIDTH * 0.55)
    yield words(0, y + 14, request_name(seen.label), width=WIDTH * 0.44)
    for x in sorted({scale.x(s) for row in suspects for s in (row.from_s, row.to_s)}):
        yield line(x, middle - 13, x, middle + 13, tone="mark", dash="5 3")
    yield line(0, middle, end, middle, tone="quiet", dash="2 4")
    yield from _moments(life, scale, middle)
    yield sign(end_sign(seen.end), end + 7, middle)


def _moments(life: Life, scale: Scale, middle: float) -> Iterable[Html]:
    seen = life.stream
    began = seen.started_s + (seen.headers_s or 0.0)
    columns: dict[tuple[str, int], int] = {}
    for each in life.timeline:
        if each.kind in _KINDS and each.request == seen.label:
            place = int(scale.x(each.at_s - began) / _COLUMN)
            columns[each.kind, place] = columns.get((each.kind, place), 0) + 1
    named = {place for kind, place in columns if kind != "bytes"}
    for kind, place in sorted(columns):
        x = (place + 0.5) * _COLUMN
        if kind == "event":
            yield diamond(x, middle, 5, "bar")
        elif kind == "comment":
            yield line(x, middle - 7, x, middle + 7, tone="ink", pen=2)
        elif place not in named:
            yield rectangle(x - 1.5, middle - 3, 3, 6, tone="quiet")


def _legend(suspects: Sequence[CutTime], y: float) -> Iterable[tuple[Html, float]]:
    for row in suspects:
        yield words(0, y, _span(row), tone="mark", bold=True), y
        for text in paragraph(translate(row.suspects), WIDTH - 78):
            yield words(78, y, text, tone="quiet", width=WIDTH - 78), y + _LINE
            y += _LINE


def _key(y: float) -> Iterable[Html]:
    yield diamond(6, y - 4, 5, "bar")
    yield words(16, y, translate("event"), tone="quiet")
    yield line(70, y - 11, 70, y + 3, tone="ink", pen=2)
    yield words(78, y, translate("comment"), tone="quiet")
    yield rectangle(150, y - 7, 3, 6, tone="quiet")
    yield words(160, y, translate("bytes"), tone="quiet")
    yield line(206, y - 4, 226, y - 4, tone="quiet", dash="2 4")
    yield words(232, y, translate("silent"), tone="quiet")
    ends: tuple[tuple[float, Sign, str], ...] = (
        (292.0, "clean", translate("closed (FIN)")),
        (392.0, "bad", translate("broken")),
        (460.0, "open", translate("we stopped")),
    )
    for x, kind, name in ends:
        yield sign(kind, x, y - 4, 5)
        yield words(x + 10, y, name, tone="quiet")


def _told(lives: Sequence[Life], suspects: Sequence[CutTime]) -> str:
    said = []
    for each in lives:
        seen = each.stream
        came = [
            count(number, thing)
            for number, thing in ((seen.events, "event"), (seen.comments, "comment"))
            if number
        ]
        known = {
            "name": request_name(seen.label),
            "ended": ending(seen),
            "age": duration(seen.lived_s),
        }
        if came:
            said.append(translate(_CAME, **known, came=spoken_list(came)))
        else:
            said.append(translate(_EMPTY, **known))
    said += [
        translate(
            "Known to cut at {age}: {suspects}.",
            age=_span(row),
            suspects=translate(row.suspects),
        )
        for row in suspects
    ]
    return " ".join(said)
