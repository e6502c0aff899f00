"""The servers in one configuration file, whatever client it belongs to."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from streamtriage.redaction import shown_text
from streamtriage.workstation.config.entries import Entry, Source, read_entry
from streamtriage.workstation.config.json_slices import (
    Lines,
    ShapeError,
    line_of,
    load,
    members,
    parts,
    without_comments,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from streamtriage.model import ShapeProblem
    from streamtriage.workstation.filesystem import Surroundings

__all__ = ["FoundInFile", "servers_at", "servers_in"]

# Nobody connects more; a file that says otherwise is not a configuration.
SERVER_LIMIT = 500


@dataclass(frozen=True)
class FoundInFile:
    """What one file holds: entries, and what is wrong with the file as a whole."""

    entries: tuple[Entry, ...] = ()
    problems: tuple[ShapeProblem, ...] = ()


def servers_in(text: str, source: Source, around: Surroundings) -> FoundInFile:
    """Return the remote servers of a whole file, JSON or TOML."""
    rules = source.dialect
    try:
        if source.path.endswith(".toml"):
            return _toml(text, source, around)
        plain = without_comments(text) if rules.comments else text
        spots = parts(plain, {rules.key, *rules.wrong_keys})
        found = FoundInFile()
        if rules.key in spots:
            found = servers_at(plain, spots[rules.key][0], source, around)
    except ShapeError as problem:
        return FoundInFile(problems=(_unreadable(source, str(problem)),))
    wrong = {k: line_of(plain, spots[k][0]) for k in rules.wrong_keys if k in spots}
    more = _wrong_keys(wrong, source) if rules.key not in spots else ()
    return FoundInFile(found.entries, (*more, *found.problems))


def servers_at(
    text: str,
    place: int,
    source: Source,
    around: Surroundings,
    lines: Lines | None = None,
) -> FoundInFile:
    """Return the servers of the object at a place. Raises ShapeError.

    `lines` are those of the text, where they have been counted already.
    """
    raw: list[tuple[str, object, int | None]] = []
    counted = lines or Lines(text)
    left = min(SERVER_LIMIT, around.servers_left)
    unread = 0
    for name, start, end in members(text, place):
        if len(raw) < left:
            raw.append((name, load(text[start:end]), counted.of(start)))
        else:
            unread += 1
    around.servers_left -= len(raw)
    if unread:
        around.note("servers", source.path, "too many", f"{unread} were not read")
    return _entries(raw, source, around)


def _entries(
    raw: Iterable[tuple[str, object, int | None]],
    whole: Source,
    around: Surroundings,
) -> FoundInFile:
    entries: dict[str, Entry] = {}
    problems: list[ShapeProblem] = []
    for name, value, line in raw:
        source = replace(whole, line=line)
        one = read_entry(name, value, source, around)
        if one is None:
            continue
        if not isinstance(one, Entry):
            problems.append(one)
            continue
        if name in entries:
            problems.append(
                source.problem(
                    "duplicate-name",
                    one.server.name,
                    f"{one.server.name} stands twice in this file; the last one is "
                    "used.",
                    "Remove one, or give it another name.",
                )
            )
        entries[name] = one
    return FoundInFile(tuple(entries.values()), tuple(problems))


def _wrong_keys(
    wrong: Mapping[str, int | None], source: Source
) -> tuple[ShapeProblem, ...]:
    rules = source.dialect
    return tuple(
        replace(source, line=line).problem(
            "wrong-key",
            "",
            f'The servers stand under "{key}", which {rules.client} does not read '
            "here.",
            f'Rename "{key}" to "{rules.key}".',
        )
        for key, line in wrong.items()
    )


def _unreadable(source: Source, says: str) -> ShapeProblem:
    return source.problem(
        "unreadable",
        "",
        f"The file cannot be used: {says}. {source.dialect.client} then knows none of "
        "its servers.",
        "Mend the file at that line.",
    )


def _toml(text: str, source: Source, around: Surroundings) -> FoundInFile:
    rules = source.dialect
    try:
        whole: Mapping[str, object] = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as problem:
        # The parser's message names the place, and may quote what stands there.
        place = str(problem).rpartition("(")[2].rstrip(")")
        says = f"it is not TOML ({shown_text(place, 60)})"
        return FoundInFile(problems=(_unreadable(source, says),))
    wrong = {
        key: _header_line(text, key)
        for key in rules.wrong_keys
        if isinstance(whole.get(key), dict)
    }
    table = whole.get(rules.key)
    if not isinstance(table, dict):
        return FoundInFile(problems=_wrong_keys(wrong, source))
    headers = _header_lines(text, rules.key)
    left = min(SERVER_LIMIT, around.servers_left)
    kept = list(table.items())[:left]
    raw = [(name, value, headers.get(name)) for name, value in kept]
    around.servers_left -= len(raw)
    if unread := len(table) - len(kept):
        around.note("servers", source.path, "too many", f"{unread} were not read")
    return _entries(raw, source, around)


def _header_line(text: str, name: str) -> int | None:
    """Return the line of a TOML table's header, if it is written as one."""
    dotted = f"[\"']?{re.escape(name)}[\"']?"
    found = re.search(rf"^[ \t]*+\[[ \t]*+{dotted}[ \t]*+[.\]]", text, re.MULTILINE)
    return line_of(text, found.end()) if found else None


def _header_lines(text: str, table: str) -> dict[str, int]:
    """Return the lines of the headers of a table's tables, by their plain names."""
    name = re.escape(table)
    header = re.compile(
        rf"^[ \t]*+\[[ \t]*+[\"']?{name}[\"']?[ \t]*+\.[ \t]*+"
        r"(?:\"([^\"\n]{1,300})\"|'([^'\n]{1,300})'|([\w-]{1,300}))[ \t]*+[.\]]",
        re.MULTILINE,
    )
    lines, found = Lines(text), dict[str, int]()
    for each in header.finditer(text):
        found.setdefault(each[1] or each[2] or each[3], lines.of(each.start()))
    return found
