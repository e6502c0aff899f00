"""What one request waited for: name, TCP, TLS, head, first byte, end."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from streamtriage.report.pictures.drawing import (
    WIDTH,
    line,
    picture,
    rectangle,
    words,
)
from streamtriage.report.pictures.marks import (
    end_sign,
    ending,
    reply,
    sign,
)
from streamtriage.report.pictures.scale import Scale, axis
from streamtriage.report.wording import duration

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from streamtriage.model import Event, Exchange
    from streamtriage.report.html_markup import Html
    from streamtriage.report.pictures.drawing import Picture

__all__ = ["waterfall"]

_LEFT, _RIGHT, _ROW, _BAR = 150.0, WIDTH - 118.0, 26.0, 14.0


class _Phase(NamedTuple):
    """One part of the wait; without an end it never came."""

    name: str
    from_s: float
    to_s: float | None
    said: str = ""


def waterfall(
    seen: Exchange, timeline: Sequence[Event], dns_s: float | None = None
) -> Picture | None:
    """Draw what one request waited for.

    `timeline` may hold other requests; theirs is left out by the label in brackets.
    `dns_s` is how long the name took, which was looked up once, before. None where
    nothing was sent.
    """
    phases = _phases(seen, timeline, dns_s)
    if not phases:
        return None
    before = [end for p in phases[:-1] for end in (p.from_s, p.to_s) if end is not None]
    last = phases[-1].to_s if phases[-1].to_s is not None else phases[-1].from_s
    # A stream is open a thousand times as long as it takes to open: its bar runs out of
    # the picture, so that the rest can be seen.
    whole = max([*before, 0.0])
    until_s = max(last if last <= 4 * whole or not whole else whole * 1.6, 0.0005)
    scale = Scale(until_s, _LEFT, _RIGHT)
    shapes = [
        drawn
        for place, phase in enumerate(phases)
        for drawn in _row(phase, place * _ROW, scale, seen)
    ]
    bottom = len(phases) * _ROW + 4
    shapes.append(axis(scale, bottom))
    title = f"One request, step by step: {seen.label or seen.method}"
    return picture(title, _told(seen, phases), shapes, bottom + 26)


def _phases(
    seen: Exchange, timeline: Sequence[Event], dns_s: float | None
) -> list[_Phase]:
    own = [each for each in timeline if each.detail.endswith(f"[{seen.label}]")]
    moments = {each.kind: each.at_s - seen.started_s for each in reversed(own)}
    tcp, tls = moments.get("tcp.connected"), moments.get("tls.done")
    phases = [_Phase("Name lookup", 0.0, dns_s)] if dns_s is not None else []
    at = dns_s or 0.0
    connected = max(tls or 0.0, tcp or 0.0)
    if tcp is not None and tcp >= 0:
        phases.append(_Phase("TCP connection", at, at + tcp))
    if tls is not None and tcp is not None and tls >= tcp:
        phases.append(_Phase("TLS handshake", at + tcp, at + tls))
    if seen.headers_s is None:
        if seen.failure is None:
            return []
        waited = seen.ended_s if seen.ended_s is not None else connected
        return [*phases, _Phase("No response head", at + connected, at + waited)]
    head, first = seen.headers_s, seen.first_byte_s
    phases.append(_Phase("Wait for the head", at + connected, at + head))
    if first is not None and first >= head:
        phases.append(_Phase("Wait for a byte", at + head, at + first))
    begun = first if first is not None and first >= head else head
    ended = seen.ended_s if seen.ended_s is not None else begun
    name = "Stream open" if seen.is_event_stream else "Rest of the body"
    return [*phases, _Phase(name, at + begun, at + max(ended, begun))]


def _row(phase: _Phase, y: float, scale: Scale, seen: Exchange) -> Iterable[Html]:
    base = y + _BAR - 2
    last = phase.name in ("Stream open", "Rest of the body", "No response head")
    yield words(0, base, phase.name, width=_LEFT)
    left = scale.x(phase.from_s)
    to_s = phase.to_s if phase.to_s is not None else phase.from_s
    right = max(scale.x(to_s), left + 2)
    beyond = to_s > scale.until_s
    if phase.name == "No response head":
        yield rectangle(
            left, y, right - left, _BAR, tone="sheet", outline="bad", dash="4 3"
        )
    elif last and not seen.accepted:
        yield rectangle(left, y, right - left, _BAR, tone="quiet")
    else:
        yield rectangle(left, y, right - left, _BAR)
    if beyond:
        # Two strokes across the bar say that it goes on.
        for x in (right - 18, right - 12):
            yield line(x, y + _BAR + 3, x + 5, y - 3, tone="sheet", pen=3)
    if last and (seen.end is not None or seen.failure is not None):
        kind = "bad" if seen.end is None else end_sign(seen.end)
        yield sign(kind, min(right + 9, WIDTH), y + _BAR / 2, 5)
        right += 14
    yield words(right + 6, base, duration(to_s - phase.from_s), width=WIDTH - right)


def _told(seen: Exchange, phases: Sequence[_Phase]) -> str:
    steps = ", ".join(
        f"{phase.name.lower()} {duration(phase.to_s - phase.from_s)}"
        for phase in phases
        if phase.to_s is not None
    )
    silent = seen.is_event_stream and seen.first_byte_s is None
    never = " Not one byte of the body came." if silent else ""
    return f"Answered {reply(seen)}: {steps}; the end: {ending(seen)}.{never}"
