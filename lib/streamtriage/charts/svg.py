"""How a picture is put together: shapes, words, and what a screen reader is told."""

from __future__ import annotations

import hashlib
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote

from streamtriage.markup.html import Html, tag
from streamtriage.redaction import cut

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = [
    "SMALL",
    "WIDTH",
    "Anchor",
    "Picture",
    "Tone",
    "circle",
    "cross",
    "diamond",
    "image_html",
    "line",
    "paragraph",
    "picture",
    "polygon",
    "rectangle",
    "stacked",
    "words",
]

# Narrow, so that words are still read where a telephone scales the drawing down.
WIDTH = 560.0
SIZE, SMALL = 15.0, 13.0
_PADDING = 14.0
_TITLE = 30.0
# A letter is about so wide, as a share of the size; a little more than most fonts need.
_LETTER = 0.56
_TEXT_LIMIT = 160
_ALT_LIMIT = 600
_MORE = "…"
_NAMESPACE = "http://www.w3.org/2000/svg"
_SPACE = f'xmlns="{_NAMESPACE}"'

Tone = Literal["ink", "quiet", "line", "sheet", "bad", "good", "unsure", "mark", "bar"]
Anchor = Literal["start", "middle", "end"]

# On a card of its own: in any theme, words keep a contrast of 4.5:1 or more. A page of
# ours replaces the colours by its own, by the names of the classes.
COLOURS: dict[Tone, str] = {
    "ink": "#1d1f23",
    "quiet": "#5a606b",
    "line": "#c9c6bf",
    "sheet": "#ffffff",
    "bad": "#a8201a",
    "good": "#1b6e3c",
    "unsure": "#7d5400",
    "mark": "#6b2fa0",
    "bar": "#3f6fb0",
}


@dataclass(frozen=True)
class Picture:
    """One drawing: SVG without script, style or reference, and its words.

    `alt` tells the finding in a sentence, for whoever does not see the picture. What
    the drawing shows stands in a table as well; that table is the truth.
    """

    svg: str
    alt: str
    title: str


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if math.isfinite(value) else "0"


def _shape(name: str, *children: str, **attributes: str | float) -> Html:
    # Attributes of presentation, since code hosts remove style sheets.
    values = {
        key: value if isinstance(value, str) else _number(value)
        for key, value in attributes.items()
    }
    return tag(name, *children, **values)


def _filled(tone: Tone) -> dict[str, str]:
    return {"class_": f"fill-{tone}", "fill": COLOURS[tone]}


def _stroked(tone: Tone, dash: str) -> dict[str, str]:
    pen = {"class_": f"stroke-{tone}", "stroke": COLOURS[tone], "fill": "none"}
    return pen | ({"stroke_dasharray": dash} if dash else {})


def _plain(text: str) -> str:
    # These two are no characters, and a page in XML that holds one is not shown at all.
    return text.replace("\ufffe", "\ufffd").replace("\uffff", "\ufffd")


def _clipped(text: str, width: float, size: float = SMALL) -> str:
    """Shorten a text to what is sure to fit into `width`, and show that it was cut."""
    room = max(int(width / (size * _LETTER)), 1)
    short = " ".join(text.split())
    return short if len(short) <= room else f"{short[: room - 1]}{_MORE}"


def words(  # noqa: PLR0913 - where, what, and how
    x: float,
    y: float,
    text: str,
    *,
    size: float = SMALL,
    tone: Tone = "ink",
    anchor: Anchor = "start",
    bold: bool = False,
    width: float = WIDTH,
) -> Html:
    """Write one line with its base at `y`; a text wider than `width` is cut."""
    weight = {"font_weight": "600"} if bold else {}
    shown = cut(_plain(_clipped(text, width, size)), _TEXT_LIMIT)
    look: dict[str, str | float] = {
        "x": x,
        "y": y,
        "font_size": size,
        "text_anchor": anchor,
    }
    return _shape("text", shown, **look, **weight, **_filled(tone))


def paragraph(text: str, width: float, size: float = SMALL) -> tuple[str, ...]:
    """Break a text into lines that are sure to fit into `width`."""
    room = max(int(width / (size * _LETTER)), 8)
    lines = [""]
    for word in " ".join(text.split()).split(" "):
        longer = f"{lines[-1]} {word}".strip()
        if len(longer) > room and lines[-1]:
            lines.append(word)
        else:
            lines[-1] = longer
    return tuple(lines)


def line(  # noqa: PLR0913 - two points, and how
    x1: float,
    y1: float,
    x2: float,
    y2: float,
    *,
    tone: Tone = "ink",
    dash: str = "",
    pen: float = 1.5,
) -> Html:
    """Draw a line from one point to another."""
    look = {"x1": x1, "y1": y1, "x2": x2, "y2": y2, "stroke_width": pen}
    return _shape("line", **look, **_stroked(tone, dash))


def rectangle(  # noqa: PLR0913 - place, size, and how
    x: float,
    y: float,
    width: float,
    height: float,
    *,
    tone: Tone = "bar",
    outline: Tone | None = None,
    dash: str = "",
    rounded: float = 0.0,
) -> Html:
    """Draw a filled box, with an outline of another tone if one is named."""
    look: dict[str, str | float] = {
        "x": x,
        "y": y,
        "width": max(width, 0.0),
        "height": max(height, 0.0),
        "rx": rounded,
    }
    pen = _stroked(outline, dash) | {"stroke_width": "1.5"} if outline else {}
    classes = " ".join(filter(None, (f"fill-{tone}", pen.get("class_", ""))))
    return _shape("rect", **look | pen | _filled(tone) | {"class_": classes})


def circle(x: float, y: float, radius: float, tone: Tone = "good") -> Html:
    """Draw a filled circle."""
    return _shape("circle", cx=x, cy=y, r=radius, **_filled(tone))


def polygon(points: Iterable[tuple[float, float]], tone: Tone = "ink") -> Html:
    """Draw a filled shape."""
    text = " ".join(f"{_number(x)},{_number(y)}" for x, y in points)
    return _shape("polygon", points=text, **_filled(tone))


def diamond(x: float, y: float, radius: float, tone: Tone = "unsure") -> Html:
    """Draw a filled square that stands on a corner."""
    corners = ((0, -radius), (radius, 0), (0, radius), (-radius, 0))
    return polygon(((x + dx, y + dy) for dx, dy in corners), tone)


def cross(x: float, y: float, radius: float, tone: Tone = "bad") -> Html:
    """Draw two strokes that cross each other."""
    arms = ((-radius, -radius, radius, radius), (-radius, radius, radius, -radius))
    strokes = (
        line(x + x1, y + y1, x + x2, y + y2, tone=tone, pen=3)
        for x1, y1, x2, y2 in arms
    )
    return Html("".join(strokes))


def picture(title: str, alt: str, shapes: Iterable[Html], height: float) -> Picture:
    """Put shapes on a card under a title; `height` is what they need below it."""
    told = cut(_plain(" ".join(alt.split())), _ALT_LIMIT)
    full = _TITLE + height + 2 * _PADDING
    wide = WIDTH + 2 * _PADDING
    card = rectangle(
        0.75, 0.75, wide - 1.5, full - 1.5, tone="sheet", outline="line", rounded=8
    )
    drawn = _shape(
        "g",
        words(0, 18, title, size=SIZE, bold=True),
        _shape("g", *shapes, transform=f"translate(0 {_number(_TITLE)})"),
        transform=f"translate({_number(_PADDING)} {_number(_PADDING)})",
    )
    return _document(title, told, (card, drawn), full)


def _document(title: str, alt: str, parts: Sequence[Html], height: float) -> Picture:
    wide, content = WIDTH + 2 * _PADDING, Html("".join(parts))
    # Several pictures may share a page, and a name there has to be the only one.
    mark = hashlib.sha256((title + alt + content).encode()).hexdigest()[:10]
    svg = tag(
        "svg",
        tag("title", title, id=f"t-{mark}"),
        tag("desc", alt, id=f"d-{mark}"),
        content,
        xmlns=_NAMESPACE,
        viewBox=f"0 0 {_number(wide)} {_number(height)}",
        width=_number(wide),
        height=_number(height),
        role="img",
        aria_labelledby=f"t-{mark} d-{mark}",
        font_family="system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif",
    )
    return Picture(svg=str(svg), alt=alt, title=title)


def stacked(drawn: Sequence[Picture]) -> Picture | None:
    """Put pictures below each other into one; None of none."""
    if len(drawn) < 2:
        return drawn[0] if drawn else None
    heights = [_height(each.svg) for each in drawn]
    tops = [sum(heights[:i]) + _PADDING * i for i in range(len(drawn))]
    parts = [
        Html(each.svg.replace(_SPACE, f'y="{_number(top)}"', 1))
        for each, top in zip(drawn, tops, strict=True)
    ]
    title = "; ".join(each.title for each in drawn)
    told = " ".join(f"{each.title}: {each.alt}" for each in drawn)
    return _document(title, told, parts, tops[-1] + heights[-1])


def _height(svg: str) -> float:
    found = re.search(r'viewBox="0 0 \S+ (\S+)"', svg)
    return float(found[1]) if found else 0.0


def image_html(drawn: Picture) -> str:
    """Show a picture as an image whose alternative text is its finding.

    The drawing travels inside of the address, where nothing in it can run or load. It
    is spelled with percent signs, since the last look does not see into base64.
    """
    address = Html(f"data:image/svg+xml,{quote(drawn.svg)}")
    image = tag("img", src=address, alt=f"{drawn.title}. {drawn.alt}")
    return Html(image.removesuffix("</img>"))
