"""Every picture says what it shows, runs nothing, and is the same each time."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

import streamtriage.report
from streamtriage.charts import (
    Cell,
    Life,
    Picture,
    image_html,
    probe_pictures,
    stacked,
    stream_lives,
    verdict_grid,
    verdict_pictures,
)
from streamtriage.charts.svg import COLOURS
from streamtriage.model import End, Event, Exchange
from streamtriage.notebook.safe_svg import safe_address, safe_svg
from streamtriage.redaction import last_look

from .reading import SAVED, SVG, Drawing, saved

if TYPE_CHECKING:
    from collections.abc import Iterator

KNOWN = {"svg", "title", "desc", "g", "text", "line", "rect", "circle", "polygon"}
CSS = Path(streamtriage.report.__file__).with_name("page.css")


@cache
def drawn(name: str) -> tuple[Picture, ...]:
    return tuple(drawn_anew(name))


def drawn_anew(name: str) -> Iterator[Picture]:
    report = saved(name)
    yield from verdict_pictures(report)
    for seen in report.evidence:
        yield from probe_pictures(report, seen.probe)


@pytest.mark.parametrize("name", SAVED)
def test_pictures_of_a_report_are_plain_and_named(name: str) -> None:
    """Only shapes and words, no reference, and a title and description that name it."""
    pictures = [Drawing(each) for each in drawn(name)]

    assert pictures
    for each in pictures:
        title, desc = each.root[0], each.root[1]
        assert each.tags <= KNOWN
        assert (title.tag, desc.tag) == (f"{SVG}title", f"{SVG}desc")
        assert each.root.attrib["role"] == "img"
        assert each.root.attrib["aria-labelledby"].split() == [
            title.attrib["id"],
            desc.attrib["id"],
        ]
        assert desc.text == each.picture.alt
        assert len(each.picture.alt) > 40
        values = [v for element in each.elements for v in element.attrib.values()]
        assert not any("url(" in value or "href" in value for value in values)


def test_the_same_report_gives_the_same_bytes() -> None:
    name = "half-open-stream-409"

    assert tuple(drawn_anew(name)) == drawn(name)


def test_ids_on_one_page_are_the_only_ones() -> None:
    names = [
        element.attrib["id"]
        for picture in drawn("half-open-stream-409")
        for element in Drawing(picture).elements
        if "id" in element.attrib
    ]

    assert len(names) == len(set(names)) >= 8


@pytest.mark.parametrize("name", SAVED)
def test_what_is_drawn_stays_inside(name: str) -> None:
    """No word begins outside of the card, and its width is bounded to fit."""
    for picture in drawn(name):
        each = Drawing(picture)
        width, height = each.box
        for element in each.root.iter(f"{SVG}text"):
            x, y = float(element.attrib["x"]), float(element.attrib["y"])
            size = float(element.attrib["font-size"])
            long = len("".join(element.itertext())) * size * 0.56
            shift = {"start": 0.0, "middle": 0.5, "end": 1.0}
            left = x + 14 - long * shift[element.attrib["text-anchor"]]
            assert left >= -1, element.text
            assert left + long <= width + 8, (picture.title, element.text)
            assert y <= height


@given(st.text(max_size=300), st.text(max_size=30))
def test_any_text_is_well_formed_and_kept_as_text(name: str, word: str) -> None:
    """What a server sends never becomes markup, nor breaks the drawing."""
    grid = verdict_grid([name], [name], [[Cell(word, "bad")]], title=name, alt=name)
    stream = Exchange(
        label=name,
        method="GET",
        status=200,
        reason=word,
        content_type="text/event-stream",
        headers_s=0.1,
        lived_s=1.0,
        ended_s=1.1,
        end=End.RESET,
    )
    moments = [Event(at_s=0.5, kind="comment", detail=word, request=name)]
    for picture in (
        grid,
        stream_lives([Life(stream, moments)], title=name),
    ):
        assert picture is not None
        assert Drawing(picture).tags <= KNOWN
        assert safe_svg(picture.svg) is not None


def test_markup_in_a_name_is_shown_as_words() -> None:
    grid = verdict_grid(["<script>x</script>"], ["a"], [[Cell("&", None)]])

    assert grid is not None
    assert "<script>x</script>" in Drawing(grid).words
    assert "<script" not in grid.svg


def test_thousands_of_moments_are_drawn_in_columns() -> None:
    """A flood stays small, and its alternative text says how much came."""
    stream = Exchange(
        label="flood",
        method="GET",
        status=200,
        content_type="text/event-stream",
        headers_s=0.0,
        lived_s=60.0,
        events=60_000,
        end=End.WATCHED,
    )
    flood = [
        Event(at_s=i / 1000, kind=kind, request="flood")
        for i in range(60_000)
        for kind in ("bytes", "event")
    ]
    picture = stream_lives([Life(stream, flood)])

    assert picture is not None
    assert len(picture.svg) < 40_000
    assert "60000 events" in picture.alt


def test_image_holds_the_drawing_and_its_finding() -> None:
    picture = drawn("half-open-stream-409")[0]
    image = image_html(picture)

    assert image.startswith('<img src="data:image/svg+xml,')
    assert f'alt="{picture.title}. {picture.alt}"' in image
    assert image.count("<") == 1


def test_the_last_look_sees_into_an_image() -> None:
    """A secret that came as far as a picture is masked, and the image still drawn."""
    grid = verdict_grid(["Basic canary-4711"], ["a"], [[Cell("b", None)]])
    assert grid is not None
    masked = last_look(image_html(grid), ("canary-4711",))
    address = masked.partition('src="')[2].partition('"')[0]

    assert "canary-4711" in image_html(grid)
    assert "4711" not in masked
    assert safe_address(address) is not None


def test_pictures_below_each_other_are_one() -> None:
    """It holds both whole, as high as both, and is harmless as a whole."""
    first, second = drawn("half-open-stream-409")[:2]
    both = stacked([first, second])

    assert both is not None
    assert both.title == f"{first.title}; {second.title}"
    assert first.alt in both.alt
    assert second.alt in both.alt
    one, two, whole = Drawing(first), Drawing(second), Drawing(both)
    assert whole.words == one.words + two.words
    assert whole.box == (588, one.box[1] + 14 + two.box[1])
    assert (safe_svg(both.svg) or "").count("=") == both.svg.count("=")
    assert stacked([first]) == first
    assert stacked([]) is None


# --- colours --------------------------------------------------------------------------


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (
        p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def dark_colours() -> dict[str, str]:
    css = CSS.read_text(encoding="utf-8")
    dark = css.partition("prefers-color-scheme: dark")[2]
    named = dict(re.findall(r"--([a-z]+): (#[0-9a-f]{6})", dark))
    rules = re.findall(r"\.fill-([a-z]+) { fill: (?:var\(--([a-z]+)\)|(#\w+))", dark)
    return {tone: literal or named[name] for tone, name, literal in rules}


@pytest.mark.parametrize("colours", [COLOURS, dark_colours()], ids=["light", "dark"])
def test_words_stand_out_in_both_themes(colours: dict[str, str]) -> None:
    """At least 4.5:1 for every tone of words, on the card itself (WCAG 1.4.3)."""
    assert {"ink", "quiet", "bad", "good", "unsure", "mark", "bar"} <= set(colours)
    for tone in ("ink", "quiet", "bad", "good", "unsure", "mark", "bar"):
        assert contrast(colours[tone], colours["sheet"]) >= 4.5, tone
