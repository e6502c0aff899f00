"""Secrets that are known exactly, in any spelling that they are echoed in.

Two searches stand one behind the other. The first looks for whole secrets in the usual
encodings, character by character. The second looks at a view of the text from which
escapes, case and all signs but letters and digits are gone, and finds there any part of
a secret that is long enough to be no accident; so it sees escapes that are mixed, lines
that were wrapped, halves, and what was written backwards or in capitals. Both take time
that grows with the text alone, however many secrets there are and however long.
"""

from __future__ import annotations

import html
import re
from array import array
from base64 import b64encode
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from streamtriage.redaction.exact import needles, parts
from streamtriage.redaction.marks import MARKER, visible
from streamtriage.redaction.randomness import reads_at_random

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["Known"]

# A run of so many characters of a secret is hidden: eight letters and digits, drawn by
# lot, occur by accident once in 2.8 trillion places.
_RUN = 8
# Any run of eight holds one of these that begins at a multiple of five.
_GRAM, _STRIDE = 4, 5
# Of a secret that reads like words, only so much of it is none.
_MOST = 0.7
_KEPT = re.compile(r"[^\W_]+")
_MARK = re.compile(MARKER)
# One escape of JSON, JavaScript, HTML, a URL, a hex dump, or of this tool's own. A
# backslash before a line break or a letter that stands for a blank sign says nothing.
_ESCAPE = re.compile(
    r"\\+u\{?0{0,4}([0-9a-f]{2,4})\}?|\\+x([0-9a-f]{2})|%([0-9a-f]{2})"
    r"|&#x0{0,4}([0-9a-f]{2,4});?|&#(0{0,4}\d{2,5});?|&([a-z]{2,8});"
    r"|<u\+([0-9a-f]{4,6})>|\b0x([0-9a-f]{2})\b,?\s?|\\+[nrtbf]|\\+|=\r?\n"
)
_ESCAPES = ("\\", "%", "&", "<u+", "0x", "=\n")
# Bytes as numbers, as a buffer is printed.
_NUMBERS = re.compile(r"\b\d{1,3}(?:,\s?\d{1,3}){7,}")
_NUMBER = re.compile(r"\d+")
# What stands in for the middle of a secret that was masked by others.
_MASKED = re.compile(r"(?:\.{2,}|…|\*{2,}|•{2,}|[xX]{4,}|#{3,}|-{3,}|_{3,}|\[\.{3}\])+")
_AROUND_MASK = 24
# Quotes, commas, brackets and blanks give a text its form, and stay unless escaped.
_FORMLESS = re.compile(
    r"(?:\\+[^\s\\]|&#?[A-Za-z0-9]{2,9};|<U\+[0-9A-Fa-f]{4,6}>|[^\s\"'<>,;(){}\[\]\\])+"
)
_LONGEST_MARK = 40


class _View(NamedTuple):
    """A text as it reads, and for each sign where it stands in the original."""

    text: str
    starts: array[int]
    ends: array[int]


class Known:
    """Finds known secrets; `hide` puts something in the place of each."""

    __slots__ = ("_edges", "_grams", "_needles", "_runs", "_short", "_wholes")

    def __init__(self, secrets: Iterable[str]) -> None:
        found = {part for secret in secrets for part in parts(secret) if part.strip()}
        self._needles = needles(found)
        long = [part for part in found if len(part) >= _RUN]
        forms = {form for part in long for form in _forms(part)}
        self._runs = frozenset(run for form in forms for run in _windows(form, _RUN))
        self._grams = frozenset(g for form in forms for g in _windows(form, _GRAM))
        self._wholes = tuple(form for form in forms if len(form) >= _RUN)
        self._edges = tuple(sorted({_folded(part) for part in long}))
        # Too few letters and digits for the squeezed text, enough signs for the other.
        self._short = tuple(e for e in self._edges if len(_only_kept(e)) < _RUN)

    def __bool__(self) -> bool:
        return self._needles is not None

    def hide(self, text: str, mark: Callable[[str], str]) -> str:
        """Return the text with `mark` of each secret in its place."""
        if self._needles is None:
            return text
        text = self._needles.sub(
            lambda m: m[0] if _MARK.fullmatch(m[0]) else mark(m[0]), text
        )
        if not self._edges:
            return text
        spans = [*self._read(text), *self._masked(text)]
        return _replaced(text, spans, mark) if spans else text

    def _read(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield where parts of a secret stand, whatever they are written in."""
        folded = _folded(text)
        read = _unescaped(folded)
        numbers = _NUMBERS.search(folded) is not None
        if self._hits(_only_kept(read)) or any(each in read for each in self._short):
            yield from self._found(_view(folded))
        if numbers:
            yield from self._found(_numbers(folded))

    def _found(self, view: _View) -> Iterator[tuple[int, int]]:
        kept = _squeezed(view)
        for start, end in self._hits(kept.text):
            yield kept.starts[start], kept.ends[end - 1]
        for each in self._short:
            at = view.text.find(each)
            while at >= 0:
                yield view.starts[at], view.ends[at + len(each) - 1]
                at = view.text.find(each, at + len(each))

    def _hits(self, text: str) -> list[tuple[int, int]]:
        """Return the parts of secrets in a squeezed text, none within another."""
        found: list[tuple[int, int]] = []
        grams, runs, after = self._grams, self._runs, 0
        for at in range(0, len(text) - _GRAM + 1, _STRIDE):
            if at < after or text[at : at + _GRAM] not in grams:
                continue
            for start in range(max(after, at - _STRIDE + 1), at + 1):
                if text[start : start + _RUN] in runs:
                    end = start + _RUN
                    while text[end - _RUN + 1 : end + 1] in runs and end < len(text):
                        end += 1
                    after = end
                    if self._telling(text[start:end]):
                        found.append((start, end))
                    break
        return found

    def _telling(self, run: str) -> bool:
        """Tell a part of a secret from words that it is made of."""
        if not run.isalpha() and not run.isdigit():
            return True
        if reads_at_random(run):
            return True
        return any(
            run in form and len(run) >= _MOST * len(form) for form in self._wholes
        )

    def _masked(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield where only a middle is missing, as in `sk-abcd...wxyz`."""
        for found in _MASKED.finditer(text):
            before = _folded(text[max(0, found.start() - _AROUND_MASK) : found.start()])
            after = _folded(text[found.end() : found.end() + _AROUND_MASK])
            for secret in self._edges:
                head = _common(secret, before, ends=True)
                tail = _common(secret, after, ends=False)
                if head + tail >= 4 and (head >= 3 or tail >= 4):
                    yield found.start() - head, found.end() + tail


def _only_kept(text: str) -> str:
    return "".join(_KEPT.findall(text))


def _windows(form: str, size: int) -> Iterator[str]:
    return (form[at : at + size] for at in range(len(form) - size + 1))


def _folded(text: str) -> str:
    """Return the text without case, as long as it was."""
    lower = text.lower()
    if len(lower) == len(text):
        return lower
    return "".join(low if len(low := sign.lower()) == 1 else sign for sign in text)


def _forms(secret: str) -> Iterator[str]:
    """Yield what a secret reads as in a squeezed text, long enough to be told."""
    raw = secret.encode("utf-8", "surrogatepass")
    straight = _only_kept(_folded(visible(secret)))
    encoded = {quote(raw, safe="").encode(), raw}
    texts = {straight, straight[::-1], raw.hex(), raw[::-1].hex()}
    for each in encoded:
        texts |= set(_base64(each))
    for text in texts:
        if len(text) >= _RUN:
            yield text


def _base64(raw: bytes) -> Iterator[str]:
    for shift, skipped in enumerate((0, 2, 3)):
        # Inside "user:secret" the bytes start anywhere in a group of three. Characters
        # that share bits with a neighbour differ from text to text and are left out.
        core = b64encode(bytes(shift) + raw).decode()
        core = core[skipped : 8 * (shift + len(raw)) // 6]
        # Without signs, the alphabets of RFC 4648 sections 4 and 5 are the same.
        yield _only_kept(_folded(core))


def _read_escape(found: re.Match[str]) -> str:
    """Return what one escape in a folded text stands for, itself folded."""
    for group in (1, 2, 3, 4, 7, 8):
        if found[group]:
            point = int(found[group], 16)
            return _folded(chr(point)) if point <= 0x10FFFF else ""
    if found[5]:
        point = int(found[5])
        return _folded(chr(point)) if point <= 0x10FFFF else ""
    if found[6]:
        read = html.unescape(found[0])
        return found[0] if read == found[0] else _folded(read)
    return ""


# Escapes stand inside of escapes: a URL in JSON in HTML, or JSON in JSON in JSON.
_LAYERS = 4


def _unescaped(folded: str) -> str:
    for _ in range(_LAYERS):
        if not any(sign in folded for sign in _ESCAPES):
            break
        read = _ESCAPE.sub(_read_escape, folded)
        if read == folded:
            break
        folded = read
    return folded


def _view(folded: str) -> _View:
    """Read the escapes as `_unescaped` does, and keep where each sign stood."""
    places = range(len(folded))
    view = _View(folded, array("l", places), array("l", (at + 1 for at in places)))
    for _ in range(_LAYERS):
        pieces, starts, ends, after = [], array("l"), array("l"), 0
        for found in _ESCAPE.finditer(view.text):
            read, (start, end) = _read_escape(found), found.span()
            pieces += (view.text[after:start], read)
            starts += view.starts[after:start]
            ends += view.ends[after:start]
            starts.extend([view.starts[start]] * len(read))
            ends.extend([view.ends[end - 1]] * len(read))
            after = end
        if not pieces:
            break
        pieces.append(view.text[after:])
        starts += view.starts[after:]
        ends += view.ends[after:]
        read_all = _View("".join(pieces), starts, ends)
        if read_all.text == view.text:
            break
        view = read_all
    return view


def _squeezed(view: _View) -> _View:
    """Keep letters and digits only."""
    pieces, starts, ends = [], array("l"), array("l")
    for found in _KEPT.finditer(view.text):
        start, end = found.span()
        pieces.append(found[0])
        starts += view.starts[start:end]
        ends += view.ends[start:end]
    return _View("".join(pieces), starts, ends)


def _runs_of(folded: str) -> Iterator[re.Match[str]]:
    for run in _NUMBERS.finditer(folded):
        yield from _NUMBER.finditer(folded, *run.span())


def _spelt(number: re.Match[str]) -> str:
    value = int(number[0])
    return _folded(chr(value)) if 32 <= value < 127 and chr(value).isalnum() else ""


def _numbers(folded: str) -> _View:
    """Read bytes that are written as numbers."""
    pieces, starts, ends = [], array("l"), array("l")
    for number in _runs_of(folded):
        sign = _spelt(number)
        if sign:
            pieces.append(sign)
            starts.append(number.start())
            ends.append(number.end())
    return _View("".join(pieces), starts, ends)


def _common(secret: str, text: str, *, ends: bool) -> int:
    """Return how much of a secret's start ends the text, or of its end begins it."""
    for size in range(min(len(secret) - 1, len(text)), 0, -1):
        if ends and text.endswith(secret[:size]):
            return size
        if not ends and text.startswith(secret[-size:]):
            return size
    return 0


def _replaced(
    text: str, spans: Iterable[tuple[int, int]], mark: Callable[[str], str]
) -> str:
    """Mark what lies in the spans, but for what gives the text its form."""
    pieces, after = [], 0
    for start, end in _joined(spans):
        if _is_marked(text, start, end):
            continue
        pieces.append(text[after:start])
        pieces.append(_FORMLESS.sub(lambda found: mark(found[0]), text[start:end]))
        after = end
    pieces.append(text[after:])
    return "".join(pieces)


def _is_marked(text: str, start: int, end: int) -> bool:
    around = text.rfind("<", max(0, start - _LONGEST_MARK), end)
    found = _MARK.search(text, max(0, around), end + _LONGEST_MARK)
    return bool(found and found.start() < end and start < found.end())


def _joined(spans: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    yield from joined
