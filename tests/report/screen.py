"""A script that reads the answer off a terminal, as somebody's monitoring would."""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = ["Screen", "read_screen", "rows_of"]

_LABELLED = re.compile(r"([A-Z][a-z]+(?: [a-z]+)?) {2,}(.*)")


class Screen(NamedTuple):
    """What a script finds in the few lines, and nothing else."""

    sentence: str
    cause: str
    owner: str
    where: str
    paste: str
    check: str


def read_screen(text: str) -> Screen:
    """Read labels at the left edge; what is pasted is indented by two."""
    first, *rest = text.splitlines()
    found: dict[str, list[str]] = {}
    pasted: dict[str, list[str]] = {}
    label = ""
    for line in rest:
        named = _LABELLED.fullmatch(line)
        if named:
            label = named[1]
            found[label] = [named[2]]
        elif label and line.startswith(" " * 11):
            found[label].append(line.strip())
        elif label:
            pasted.setdefault(label, []).append(line[2:])
    return Screen(
        sentence=first.partition(": ")[2],
        cause=found["Cause"][0].partition(":")[0].split(" (")[0].split(".")[0],
        owner=found["Owner"][0].partition(" (")[0],
        where=found["First fix"][0],
        paste="\n".join(pasted.get("First fix", [])),
        check=found["Check"][0],
    )


def rows_of(text: str, width: int) -> int:
    """Return how many rows of a terminal a text takes; long lines take several."""
    return sum(max(-(-len(line) // width), 1) for line in text.splitlines())
