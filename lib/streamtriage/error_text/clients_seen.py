"""Which clients printed a text, and which of their own texts stand in it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from ahocorasick_rs import AhoCorasick, MatchKind

from streamtriage.error_text.reason_phrases import status_of
from streamtriage.error_text.templates import (
    beginning,
    compile_template,
    literals,
)
from streamtriage.knowledge.client_texts import (
    ClientTexts,
    PrintedText,
    client_texts,
)
from streamtriage.model import PrintedBy
from streamtriage.on_first_use import compile_later

if TYPE_CHECKING:
    import re
    from collections.abc import Iterable, Iterator

    from streamtriage.error_text.normalise import Ink

__all__ = [
    "OF_EACH",
    "Printed",
    "client_in",
    "clients_of",
    "known_client",
    "printed_by",
    "printed_texts",
    "programs_of",
    "telling_pieces",
]

# Of one text that repeats for hours, its first and last hundred say all.
OF_EACH = 100
_MARK, _HINT, _WORD = 100, 10, 1
_VERSION = compile_later(r"\d{1,4}\.\d{1,4}\.\d{1,5}")


@dataclass(frozen=True, slots=True)
class Printed:
    """One row found: where it stood, and the statuses that it holds."""

    client: ClientTexts
    row: PrintedText
    start: int
    end: int
    status: int | None = None


def _spots(pattern: re.Pattern[str], letters: str) -> list[re.Match[str]]:
    found = list(pattern.finditer(letters))
    return found if len(found) <= 2 * OF_EACH else found[:OF_EACH] + found[-OF_EACH:]


@cache
def _rows() -> tuple[tuple[ClientTexts, PrintedText, str], ...]:
    return tuple(
        (client, row, beginning(row.text))
        for client in client_texts()
        for row in client.texts
    )


@cache
def telling_pieces() -> tuple[str, ...]:
    """Return what stands as printed in a line of each text that tells of a half."""
    rows = (row for client in client_texts() for row in client.texts if row.halves)
    pieces = {
        row.piece or max(literals(row.text), key=len).strip()
        for row in rows
        if "look-alike" not in row.halves
        and not (row.weak or row.with_text or "{seam}" in row.text)
    }
    return tuple(sorted(pieces))


def printed_texts(ink: Ink) -> list[Printed]:
    """Return each client's own texts in order of appearance, none inside another.

    Where two rows fit one place, the longer text is taken.
    """
    found: list[Printed] = []
    if not ink.letters:
        return []
    for client, row, start in _rows():
        # Python finds a plain text far faster than a pattern.
        if start not in ink.letters:
            continue
        if row.with_text and not _stands(row.with_text, ink):
            continue
        for spot in _spots(compile_template(row.text), ink.letters):
            if not _ends_with_phrase(spot, ink):
                continue
            found.append(
                Printed(
                    client,
                    row,
                    ink.place(spot.start()),
                    ink.end(spot.end()),
                    _status(spot),
                )
            )
    found.sort(key=lambda one: (one.start, -one.end))
    kept: list[Printed] = []
    for one in found:
        if not kept or one.start >= kept[-1].end:
            kept.append(one)
    return kept


def _ends_with_phrase(spot: re.Match[str], ink: Ink) -> bool:
    """Say whether a status in words is whole: the ink joins it to the next word."""
    if "phrase" not in spot.groupdict():
        return True
    end = ink.end(spot.end("phrase"))
    return not ink.text[end : end + 1].isalnum()


def _status(spot: re.Match[str]) -> int | None:
    said = spot.groupdict()
    if number := said.get("status"):
        return int(number)
    return status_of(said["phrase"]) if said.get("phrase") else None


def _stands(template: str, ink: Ink) -> bool:
    # As above; and what is not there needs no pattern at all.
    if beginning(template) not in ink.letters:
        return False
    return compile_template(template).search(ink.letters) is not None


def _is_word(name: str, ink: Ink) -> bool:
    """Say whether a name stands for itself: "Cline" is no part of "declined"."""
    letters = "".join(name.split())
    at = ink.letters.find(letters)
    for _ in range(OF_EACH):
        if at < 0:
            break
        end = ink.end(at + len(letters))
        beside = (
            ink.text[max(0, ink.place(at) - 1) : ink.place(at)],
            ink.text[end : end + 1],
        )
        if not any(each.isascii() and each.isalnum() for each in beside):
            return True
        at = ink.letters.find(letters, at + 1)
    return False


def clients_of(ink: Ink, printed: list[Printed]) -> list[tuple[ClientTexts, int]]:
    """Return the clients that a text shows, the surest first, each with its weight.

    A client's own words outweigh its name in prose; a program outweighs the SDK that
    it is built on.
    """
    if not ink.letters:
        return []
    weights: dict[str, int] = {}
    for one in printed:
        if not one.row.shared:
            weights[one.client.name] = weights.get(one.client.name, 0) + _MARK
    by_name = {client.name: client for client in client_texts()}
    for client in by_name.values():
        weight = weights.get(client.name, 0) + sum(_weights(client, ink))
        if weight:
            weights[client.name] = weight
    for name in _of_libraries(by_name, weights, ink):
        del weights[name]
    order = sorted(weights, key=lambda name: (by_name[name].base, -weights[name]))
    sure = [name for name in order if weights[name] >= _MARK]
    if sure and by_name[sure[0]].base:
        sure = _hinted(weights, by_name, sure[0]) + sure
    return [(by_name[name], weights[name]) for name in (sure or order)]


def _of_libraries(
    by_name: dict[str, ClientTexts], weights: dict[str, int], ink: Ink
) -> list[str]:
    """Return the programs that only a library's words speak for, beside another's own.

    Programs on one library print its lines alike; who writes its own beside them has
    printed those as well.
    """
    programs = [by_name[name] for name in weights if not by_name[name].base]
    own = [each for each in programs if _has_own_mark(each, ink)]
    theirs = {each.sdk for each in own if each.sdk and _stands(each.sdk, ink)}
    return [each.name for each in programs if each.sdk in theirs and each not in own]


def _has_own_mark(client: ClientTexts, ink: Ink) -> bool:
    """Tell whether a mark stands there that does not name the library."""
    names = (*client.marks, *(version.text for version in client.versions))
    return any(
        _stands(each, ink) for each in names if not client.sdk or client.sdk not in each
    )


def _hinted(
    weights: dict[str, int], by_name: dict[str, ClientTexts], library: str
) -> list[str]:
    """Return the programs on a library that are hinted at, or named, beside its text.

    A name in prose counts where it is the only one.
    """
    sdk = by_name[library].sdk
    found = [
        name
        for name, weight in weights.items()
        if weight < _MARK and by_name[name].sdk == sdk and not by_name[name].base
    ]
    hinted = [name for name in found if weights[name] >= _HINT]
    named = found if len(found) == 1 else []
    return sorted(hinted, key=lambda name: -weights[name]) or named


def _weights(client: ClientTexts, ink: Ink) -> Iterator[int]:
    versions = tuple(version.text for version in client.versions)
    yield from (_MARK for each in (*client.marks, *versions) if _stands(each, ink))
    yield from (_WORD for each in client.words if _is_word(each, ink))
    # In lower case "MCP ERROR (" would be the MCPError of every Python program.
    hints = (compile_template(each, cased=True) for each in client.hints)
    yield from (_HINT for each in hints if each.search(ink.cased))


def printed_by(client: ClientTexts, ink: Ink) -> PrintedBy:
    """Say which client it is, with the last version that the text names."""
    version = ""
    for each in client.versions:
        for spot in compile_template(each.text).finditer(ink.letters):
            version = each.means or _version(ink, spot)
    return PrintedBy(
        name=client.name, title=client.title, sdk=client.sdk, version=version
    )


def _version(ink: Ink, spot: re.Match[str]) -> str:
    """Read a version where it stands: in the ink the next line would join it."""
    place = ink.place(spot.start("version"))
    found = _VERSION.match(ink.text, place)
    return found[0] if found else spot["version"]


@cache
def _plain_marks() -> tuple[AhoCorasick, list[ClientTexts]]:
    marks = {
        mark: client
        for client in sorted(client_texts(), key=lambda one: -one.base)
        for mark in client.marks
        if "{" not in mark
    }
    # Of those that begin at one place the longest counts.
    search = AhoCorasick(list(marks), matchkind=MatchKind.LeftmostLongest)
    return search, list(marks.values())


def client_in(line: str) -> str:
    """Return the title of whose own words stand in a line; "" if nobody's do.

    A program's outweigh those of a library. Quick enough for each line of a log: only
    words that are the same every time.
    """
    search, clients = _plain_marks()
    spots = search.find_matches_as_indexes(line)
    if not spots:
        return ""
    return min((clients[spot[0]] for spot in spots), key=lambda one: one.base).title


def programs_of(titles: Iterable[str]) -> dict[str, str]:
    """Return for each title whose log its lines belong to: its own, or a program's.

    A library's lines are of the one program beside them that is built on it.
    """
    by_title = {client.title: client for client in client_texts()}
    seen = [by_title[title] for title in titles if title in by_title]
    programs = [client for client in seen if not client.base]
    homes: dict[str, str] = {}
    for client in seen:
        built = [each.title for each in programs if each.sdk == client.sdk]
        lone = bool(client.base) and len(built) == 1
        homes[client.title] = built[0] if lone else client.title
    return homes


def known_client(name: str) -> ClientTexts | None:
    """Return the client that a person calls so: its folder, its title or a word."""
    wanted = "".join(c for c in name.lower() if c.isalnum())
    if not wanted:
        return None
    for client in client_texts():
        names = (client.name, client.title, *client.words)
        if wanted in {
            "".join(c for c in each.lower() if c.isalnum()) for each in names
        }:
            return client
    return None
