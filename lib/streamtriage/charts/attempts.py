"""What each try to open the stream again was answered, on the client's schedule."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from streamtriage.charts.scale import Scale, axis, short
from streamtriage.charts.svg import WIDTH, line, picture, words
from streamtriage.charts.symbols import (
    reply,
    reply_sign,
    sign,
    sign_tone,
)
from streamtriage.languages import translate

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from streamtriage.charts.svg import Picture
    from streamtriage.markup.html import Html
    from streamtriage.model import Attempt, Reopening

__all__ = ["Lane", "reopen_attempts"]

# When a client without a `retry` from the server tries: 1 s after the end, and 1.5 s
# after that. A third try is never made.
_SCHEDULE = ((1.0, "+1 s"), (2.5, "+2.5 s"))
_LEFT, _RIGHT, _LANE = 14.0, WIDTH - 66.0, 56.0
_LANES_SHOWN, _TRIES_SHOWN = 6, 8


class Lane(NamedTuple):
    """One stream that ended, under a name, and the tries that followed."""

    name: str
    what: Reopening


def reopen_attempts(lanes: Sequence[Lane], title: str = "") -> Picture | None:
    """Draw each try at the time after the end at which it was made.

    Dashed are the only two moments at which a client tries. None where nothing
    was tried.
    """
    shown = [each for each in lanes if each.what.attempts][:_LANES_SHOWN]
    if not shown:
        return None
    latest = max(a.after_s for each in shown for a in each.what.attempts)
    scale = Scale(max(latest * 1.1, 3.0), _LEFT, _RIGHT)
    top, bottom = 20.0, 24.0 + _LANE * len(shown)
    shapes = [
        *_schedule(scale),
        *(
            drawn
            for place, lane in enumerate(shown)
            for drawn in _lane(lane, top + place * _LANE, scale)
        ),
        axis(scale, bottom),
    ]
    named = title or translate("Tries to open the stream again, after its end")
    return picture(named, _told(shown), shapes, bottom + 26)


def _schedule(scale: Scale) -> Iterable[Html]:
    yield words(0, 10, translate("A client tries at"), tone="mark", bold=True)
    for at_s, name in _SCHEDULE:
        yield words(scale.x(at_s), 10, name, tone="mark", anchor="middle", bold=True)


def _lane(lane: Lane, y: float, scale: Scale) -> Iterable[Html]:
    yield words(0, y + 14, lane.name, width=WIDTH, bold=True)
    middle = y + 34
    for at_s, _ in _SCHEDULE:
        x = scale.x(at_s)
        yield line(x, middle - 14, x, middle + 14, tone="mark", dash="5 3")
    tries = lane.what.attempts[:_TRIES_SHOWN]
    ends = [*(scale.x(each.after_s) for each in tries[1:]), WIDTH + 12]
    for each, end in zip(tries, ends, strict=True):
        kind = reply_sign(each.get)
        x = scale.x(each.after_s)
        yield sign(kind, x, middle)
        text, room = _short(each), end - x - 26
        # Tries that follow each other closely are told apart by their signs.
        if room > 24:
            tone = sign_tone(kind)
            yield words(x + 12, middle + 4.5, text, tone=tone, width=room)


def _short(each: Attempt) -> str:
    seen = each.get
    if seen.is_event_stream:
        flap = seen.end is not None and seen.end.natural
        return translate("200, ended" if flap else "200, open")
    return reply(seen)


def _told(lanes: Sequence[Lane]) -> str:
    said = []
    for lane in lanes:
        tries = ", ".join(
            translate(
                "{answer} {when}", answer=reply(each.get), when=_when(each.after_s)
            )
            for each in lane.what.attempts
        )
        result = translate("open again" if lane.what.recovered else "not open again")
        said.append(f"{lane.name}: {result}; {tries}.")
    return " ".join(said)


def _when(after_s: float) -> str:
    if after_s == 0:
        return translate("at once")
    return translate("at +{after}", after=short(after_s))
