"""CSV, JSON and YAML as rows that remember the line they began on."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

import yaml

from streamtriage.languages import translate
from streamtriage.refusal import InWordsError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["TargetListError", "raw_rows"]

MOST_BYTES = 8 << 20
_BLANK = " \t\r\n"


class TargetListError(InWordsError, ValueError):
    """The list as a whole cannot be read; the message says how to write it."""


def raw_rows(path: Path) -> list[tuple[int, Any]]:
    """Return each row and its line, counted from 1.

    Raises TargetListError if the file cannot be read at all.
    """
    text = _text(path)
    kinds = {".csv": _csv, ".json": _json, ".yaml": _yaml, ".yml": _yaml}
    kind = kinds.get(path.suffix.lower())
    if kind is None:
        raise TargetListError(
            translate(
                "{name}: the name must end in .csv, .json, .yaml or .yml.",
                name=path.name,
            )
        )
    rows = list(kind(text, path.name))
    if not rows:
        raise TargetListError(
            translate("{name} has no row. Write one with a url.", name=path.name)
        )
    return rows


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as problem:
        raise TargetListError(
            translate(
                "{path} cannot be read ({strerror}).",
                path=path,
                strerror=problem.strerror,
            )
        ) from problem
    if len(data) > MOST_BYTES:
        raise TargetListError(
            translate("{name} is larger than 8 MB; split it.", name=path.name)
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = data[: problem.start].count(b"\n") + 1
        raise TargetListError(
            translate(
                "{name}, line {line}: not UTF-8. Save the file as UTF-8.",
                name=path.name,
                line=line,
            )
        ) from None


def _csv(text: str, name: str) -> Iterator[tuple[int, Any]]:
    first = text.partition("\n")[0]
    # A spreadsheet of a country with decimal commas writes semicolons.
    sign = ";" if ";" in first and "," not in first else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=sign)
    before = 0
    try:
        columns = [each.strip() for each in next(reader, [])]
        if "url" not in columns:
            raise TargetListError(
                translate(
                    "{name}, line 1: there is no column called url. The first "
                    "line names the columns, for example: name,url,auth_env",
                    name=name,
                )
            )
        before = reader.line_num
        for cells in reader:
            line, before = before + 1, reader.line_num
            if any(each.strip() for each in cells):
                yield line, _named(columns, cells)
    except csv.Error as problem:
        raise TargetListError(f"{name}, line {before + 1}: {problem}.") from None


def _named(columns: list[str], cells: list[str]) -> object:
    if len(cells) > len(columns):
        return f"{len(cells)} cells under {len(columns)} columns"
    pairs = zip(columns, cells, strict=False)
    # An empty cell leaves the field at what it is by default.
    return {column: cell for column, cell in pairs if cell.strip()}


def _json(text: str, name: str) -> Iterator[tuple[int, Any]]:
    """Decode the items of the list one by one, so that each one's line is known."""
    decoder, place = json.JSONDecoder(), _past_blanks(text, 0)
    if text[place : place + 1] == "{":
        place = _inside_targets(text, place, name)
    if text[place : place + 1] != "[":
        raise TargetListError(
            translate(
                '{name}: write a list of objects, [{{"url": "https://host/mcp"}}].',
                name=name,
            )
        )
    place = _past_blanks(text, place + 1)
    while text[place : place + 1] != "]":
        line = text.count("\n", 0, place) + 1
        try:
            item, place = decoder.raw_decode(text, place)
        except (json.JSONDecodeError, RecursionError) as problem:
            told = getattr(problem, "msg", "nested too deeply")
            at = getattr(problem, "lineno", line)
            raise TargetListError(
                translate(
                    "{name}, line {at}: not JSON: {told}.", name=name, at=at, told=told
                )
            ) from None
        yield line, item
        place = _past_blanks(text, place)
        if text[place : place + 1] == ",":
            place = _past_blanks(text, place + 1)
        elif text[place : place + 1] != "]":
            line = text.count("\n", 0, place) + 1
            raise TargetListError(
                translate(
                    "{name}, line {line}: a comma or ] is missing.",
                    name=name,
                    line=line,
                )
            )


def _inside_targets(text: str, place: int, name: str) -> int:
    """Return where the list under the one key `targets` begins."""
    place = _past_blanks(text, place + 1)
    key = '"targets"'
    after = _past_blanks(text, place + len(key))
    if not text.startswith(key, place) or text[after : after + 1] != ":":
        raise TargetListError(
            translate("{name}: write a list, or one under the key targets.", name=name)
        )
    return _past_blanks(text, after + 1)


def _past_blanks(text: str, place: int) -> int:
    while place < len(text) and text[place] in _BLANK:
        place += 1
    return place


def _yaml(text: str, name: str) -> Iterator[tuple[int, Any]]:
    try:
        if any(isinstance(each, yaml.AliasToken) for each in yaml.scan(text)):
            raise TargetListError(
                translate(
                    "{name}: write each row out; aliases are not taken.", name=name
                )
            )
        loader = yaml.SafeLoader(text)
        node = loader.get_single_node()
        if isinstance(node, yaml.MappingNode) and node.value:
            node = node.value[0][1] if node.value[0][0].value == "targets" else node
        if not isinstance(node, yaml.SequenceNode):
            raise TargetListError(
                translate(
                    "{name}: write a list: one `- url: …` for each row.", name=name
                )
            )
        rows = [
            (item.start_mark.line + 1, loader.construct_object(item, deep=True))
            for item in node.value
        ]
    except (yaml.YAMLError, RecursionError, ValueError) as problem:
        if isinstance(problem, TargetListError):
            raise
        mark = getattr(problem, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark is not None else ""
        told = getattr(problem, "problem", None) or "it cannot be read"
        raise TargetListError(
            translate(
                "{name}{where}: not YAML: {told}.", name=name, where=where, told=told
            )
        ) from None
    yield from rows
