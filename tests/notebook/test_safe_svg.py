"""A drawing from elsewhere can neither run, nor load, nor lead anywhere."""

from __future__ import annotations

from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamtriage.charts import Cell, uptime_histogram, verdict_grid
from streamtriage.notebook.safe_svg import alternative, safe_address, safe_svg

XMLNS = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'


def wrapped(inside: str, more: str = "") -> str:
    return f'<svg {XMLNS} viewBox="0 0 9 9" {more}><title>T</title>{inside}</svg>'


@pytest.mark.parametrize(
    "inside",
    [
        "<script>CANARY</script>",
        "<SCRIPT>CANARY</SCRIPT>",
        "<foreignObject><p>CANARY</p></foreignObject>",
        '<g onload="CANARY"/>',
        '<a href="javascript:CANARY"><text>x</text></a>',
        '<a xlink:href="https://CANARY.example"><text>x</text></a>',
        '<image href="https://CANARY.example/x.png"/>',
        '<use xlink:href="data:image/svg+xml;base64,CANARY#x"/>',
        "<style>@import url(https://CANARY.example)</style>",
        '<rect style="fill:url(https://CANARY.example)"/>',
        '<rect fill="url(https://CANARY.example)"/>',
        '<rect fill="url(#CANARY)"/>',
        '<animate attributeName="href" to="javascript:CANARY"/>',
        '<set attributeName="onload" to="CANARY"/>',
        "<!-- CANARY --><?php CANARY ?>",
        '<g xmlns="http://www.w3.org/1999/xhtml"><b>CANARY</b></g>',
        '<iframe xmlns="http://www.w3.org/1999/xhtml" srcdoc="CANARY"/>',
    ],
)
def test_what_could_act_is_gone(inside: str) -> None:
    safe = safe_svg(wrapped(inside + '<rect x="1" width="2"/>'))

    assert safe is not None
    assert "CANARY" not in safe
    assert '<rect x="1" width="2" />' in safe


def test_a_handler_on_the_drawing_itself_is_gone() -> None:
    safe = safe_svg(wrapped("", 'onload="CANARY" style="CANARY"'))

    assert safe is not None
    assert "CANARY" not in safe


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no drawing",
        "<svg>without a namespace</svg>",
        "<html xmlns='http://www.w3.org/1999/xhtml'/>",
        '<!DOCTYPE svg [<!ENTITY a "b">]>' + wrapped("<text>&a;</text>"),
        wrapped("<text>" + "A" * 600_000 + "</text>"),
    ],
)
def test_what_is_no_drawing_is_none(text: str) -> None:
    assert safe_svg(text) is None


def test_a_deep_drawing_is_cut_off() -> None:
    safe = safe_svg(wrapped("<g>" * 5000 + "</g>" * 5000))

    assert safe is None or safe.count("<g") < 20


@given(st.text(max_size=200))
def test_any_text_is_a_drawing_or_none(text: str) -> None:
    safe_svg(text)
    safe_svg(wrapped(text))
    safe_address("data:image/svg+xml;base64," + text)
    safe_address("data:image/svg+xml," + text)


def test_our_own_drawings_stay_what_they_are() -> None:
    """The list of what is kept holds all that our pictures are made of."""
    drawn = (
        uptime_histogram([60.1, 3.0], []),
        verdict_grid(["a"], ["b"], [[Cell("w", "unsure")]]),
    )
    for picture in drawn:
        assert picture is not None
        safe = safe_svg(picture.svg)
        assert safe is not None
        assert safe.count("=") == picture.svg.count("=")
        assert alternative(picture.svg) == f"{picture.title}. {picture.alt}"


@pytest.mark.parametrize(
    "address",
    [
        "https://example.org/x.svg",
        "javascript:alert(1)",
        "data:text/html;base64,PHN2Zz4=",
        "data:image/svg+xml,<svg/>",
        "data:image/svg+xml;x=y," + wrapped(""),
        "data:image/svg+xml;base64,!!!",
        "data:image/svg+xml;base64," + b64encode(b"<b/>").decode(),
    ],
)
def test_only_a_drawing_is_an_address(address: str) -> None:
    assert safe_address(address) is None
