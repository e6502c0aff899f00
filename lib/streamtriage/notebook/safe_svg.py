"""Foreign SVG made harmless: only what our own drawings consist of is left."""

from __future__ import annotations

import re
from base64 import b64decode
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote
from xml.etree.ElementTree import Element, tostring

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["alternative", "data_address", "safe_address", "safe_svg"]

_NAMESPACE = "http://www.w3.org/2000/svg"
_PREFIX = "data:image/svg+xml"
_LARGEST = 500_000
_DEEPEST = 12
_ELEMENTS = frozenset(
    {"circle", "desc", "g", "line", "polygon", "rect", "svg", "text", "title"}
)
_ATTRIBUTES = frozenset(
    {
        *("aria-labelledby", "class", "cx", "cy", "fill", "font-family", "font-size"),
        *("font-weight", "height", "id", "points", "r", "role", "rx", "stroke"),
        *("stroke-dasharray", "stroke-width", "text-anchor", "transform", "viewBox"),
        *("width", "x", "x1", "x2", "y", "y1", "y2"),
    }
)
# A value that names something outside, or that is more than a word or a number.
_REACHES_OUT = re.compile(r"[:;\\]|url\s*\(", re.IGNORECASE)


def safe_svg(text: str) -> str | None:
    """Return the drawing without whatever could run, load or link; None if it is none.

    Elements that our drawings do not have go with all that is in them.
    """
    if len(text) > _LARGEST:
        return None
    try:
        root = fromstring(text, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, RecursionError):
        return None
    if root.tag != f"{{{_NAMESPACE}}}svg":
        return None
    kept = _kept(root, 0)
    kept.set("xmlns", _NAMESPACE)
    return tostring(kept, encoding="unicode")


def safe_address(address: str) -> str | None:
    """Return a data address with a harmless drawing in it; None for any other."""
    if not address.startswith(_PREFIX) or len(address) > 3 * _LARGEST:
        return None
    coding, _, data = address.removeprefix(_PREFIX).partition(",")
    if coding not in ("", ";base64"):
        return None
    try:
        text = b64decode(data, validate=True).decode() if coding else unquote(data)
    except ValueError:
        return None
    return data_address(text)


def data_address(text: str) -> str | None:
    """Return an address that holds the drawing made harmless; None if it is none."""
    safe = safe_svg(text)
    return None if safe is None else f"{_PREFIX},{quote(safe)}"


def alternative(text: str) -> str:
    """Return what a drawing says of itself, in its title and description."""
    safe = safe_svg(text)
    if safe is None:
        return ""
    said = (_words(fromstring(safe), name) for name in ("title", "desc"))
    return ". ".join(filter(None, said))


def _words(root: Element, name: str) -> str:
    found = root.find(f"{{{_NAMESPACE}}}{name}")
    return " ".join((found.text or "").split()) if found is not None else ""


def _kept(element: Element, depth: int) -> Element:
    name = str(element.tag).rpartition("}")[2]
    kept = Element(name, _attributes(element.attrib.items()))
    kept.text = element.text
    for child in element:
        if _is_known(child) and depth < _DEEPEST:
            below = _kept(child, depth + 1)
            below.tail = child.tail
            kept.append(below)
    return kept


def _is_known(element: Element) -> bool:
    # Comments and processing instructions have no name.
    if not isinstance(element.tag, str):
        return False
    space, _, name = element.tag.rpartition("}")
    return space == f"{{{_NAMESPACE}" and name in _ELEMENTS


def _attributes(found: Iterable[tuple[str, str]]) -> dict[str, str]:
    return {
        name: value
        for name, value in found
        if name in _ATTRIBUTES and not _REACHES_OUT.search(value)
    }
