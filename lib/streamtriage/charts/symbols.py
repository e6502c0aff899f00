"""Signs for ends and answers: a shape, a colour and a word each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from streamtriage.charts.svg import (
    Tone,
    circle,
    cross,
    diamond,
    polygon,
    rectangle,
)
from streamtriage.languages import translate
from streamtriage.phrases import ENDS, FAILURES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streamtriage.markup.html import Html
    from streamtriage.model import End, Exchange

__all__ = ["Sign", "end_sign", "ending", "reply", "reply_sign", "sign", "sign_tone"]

# good: a circle; bad: a cross; unsure: a diamond; clean: a square; open: an arrow.
Sign = Literal["good", "bad", "unsure", "clean", "open"]

_TONES: Mapping[Sign, Tone] = {
    "good": "good",
    "bad": "bad",
    "unsure": "unsure",
    "clean": "ink",
    "open": "good",
}


def sign_tone(kind: Sign) -> Tone:
    """Return the colour that repeats what a sign says."""
    return _TONES[kind]


def sign(kind: Sign, x: float, y: float, radius: float = 6.5) -> Html:
    """Draw a sign; no two kinds have the same shape."""
    tone = _TONES[kind]
    if kind == "good":
        return circle(x, y, radius, tone)
    if kind == "bad":
        return cross(x, y, radius, tone)
    if kind == "unsure":
        return diamond(x, y, radius * 1.2, tone)
    if kind == "clean":
        side = radius * 1.6
        return rectangle(x - side / 2, y - side / 2, side, side, tone=tone)
    tip = ((-radius, -radius), (radius, 0), (-radius, radius))
    return polygon(((x + dx, y + dy) for dx, dy in tip), tone)


def end_sign(end: End | None) -> Sign:
    """Return the sign of an end: square for a clean one, cross for a broken one."""
    if end is None or not end.natural:
        return "open"
    return "clean" if end.clean else "bad"


def ending(seen: Exchange) -> str:
    """Write how a stream ended, or what kept it from beginning."""
    if seen.end is not None:
        return translate(ENDS[seen.end])
    if seen.failure:
        return translate(FAILURES[seen.failure])
    return translate("end not seen")


def reply(seen: Exchange) -> str:
    """Write what was answered, without the version of HTTP."""
    if seen.status is None:
        failed = FAILURES[seen.failure] if seen.failure else "no answer"
        return translate(failed)
    return f"{seen.status} {seen.reason or ''}".strip()


def reply_sign(seen: Exchange) -> Sign:
    """Return the sign of an answer to a GET that asks for the stream.

    405 is unsure: a healthy server without a stream says so, and a client stops asking.
    """
    if seen.is_event_stream:
        return "good"
    return "unsure" if seen.status in (None, 405) or seen.accepted else "bad"
