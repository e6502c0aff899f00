"""Reads a picture as a program that draws it would: strictly, as XML."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from streamtriage.model import Report

if TYPE_CHECKING:
    from streamtriage.charts import Picture

__all__ = ["SAVED", "SVG", "Drawing", "saved"]

SVG = "{http://www.w3.org/2000/svg}"
_FOLDER = Path(__file__).parents[1] / "data" / "reports"
SAVED = sorted(path.stem for path in _FOLDER.glob("*.json"))


def saved(name: str) -> Report:
    text = (_FOLDER / f"{name}.json").read_text(encoding="utf-8")
    return Report.model_validate_json(text)


class Drawing:
    """One picture, taken apart."""

    def __init__(self, picture: Picture) -> None:
        self.picture = picture
        self.root = ET.fromstring(picture.svg)
        self.elements = list(self.root.iter())
        self.tags = {element.tag.removeprefix(SVG) for element in self.elements}
        self.words = [
            "".join(element.itertext()) for element in self.root.iter(f"{SVG}text")
        ]

    def count(self, tag: str) -> int:
        return sum(element.tag == f"{SVG}{tag}" for element in self.elements)

    @property
    def box(self) -> tuple[float, float]:
        _, _, width, height = map(float, self.root.attrib["viewBox"].split())
        return width, height
