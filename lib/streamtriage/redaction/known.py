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
from array import array
from base64 import b64encode
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote, unquote

from streamtriage.on_first_use import compile_later
from streamtriage.redaction.exact import Needles, parts, spellings
from streamtriage.redaction.marks import MARKER, visible
from streamtriage.redaction.randomness import reads_at_random

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

__all__ = ["Known"]

# A run of so many characters of a secret is hidden: eight letters and digits, drawn by
# lot, occur by accident once in 2.8 trillion places.
_RUN = 8
# Any run of eight holds one of these that begins at a multiple of five.
_GRAM, _STRIDE = 4, 5
# Of a secret that reads like words, only so much of it is none.
_MOST = 0.7
_KEPT = compile_later(r"[^\W_]+")
_SEEN = compile_later(r"[^\s\x00-\x1f\x7f-\xa0\xad\u200b-\u200f\u2060\ufeff]+")
_WORD = compile_later(r"[^\W\d_]+")
_BLANKS = frozenset(" \t\r\n")
# So many letters in a row that are no one word of the secret are no accident either.
_SEVERAL_WORDS = 12
_FEW = 12
_AT_AN_END = 6
_MARK = compile_later(MARKER)
# One escape of JSON, JavaScript, HTML, a URL, a hex dump, or of this tool's own. A
# backslash before a line break or a letter that stands for a blank sign says nothing.
_ESCAPE = compile_later(
    r"\\+u(?:([0-9a-f]{4})|\{([0-9a-f]{1,6})\})|\\+x([0-9a-f]{2})|%([0-7][0-9a-f])"
    r"|&#x0{0,4}([0-9a-f]{2,5});?|&#0{0,4}(\d{2,6});?|&([a-z]{2,8});"
    r"|<u\+([0-9a-f]{4,6})>|\b0x([0-9a-f]{2})\b,?\s?|((?:%[89a-f][0-9a-f])+)"
    r"|\\+([0-3][0-7]{2})|\\+[nrtbf0]|\\+|=\r?\n"
)
_ESCAPES = ("\\", "%", "&", "<u+", "0x", "=\n")
# Bytes as numbers, as a buffer is printed.
_NUMBERS = compile_later(r"\b\d{1,3}(?:,\s?\d{1,3}){7,}")
_NUMBER = compile_later(r"\d+")
# What stands in for the middle of a secret that was masked by others.
_MASKED = compile_later(
    r"(?:\.{2,}|…|\*{2,}|•{2,}|[xX]{4,}|#{3,}|-{3,}|_{3,}|\[\.{3}\])+"
)
_AROUND_MASK = 24
# Quotes, commas, brackets and blanks give a text its form, and stay unless escaped.
_FORMLESS = compile_later(
    r"(?:\\+u\{[0-9A-Fa-f]{1,6}\}|\\+[^\s\\]|&(?:amp;)*#?[A-Za-z0-9]{2,9};|<U\+[0-9A-Fa-f]{4,6}>|[^\s\"'<>,;(){}\[\]\\])+"
)
_LONGEST_MARK = 40
_AN_ACCIDENT = 3


class _View(NamedTuple):
    """A text as it reads, and for each sign where it stands in the original."""

    text: str
    starts: array[int]
    ends: array[int]


class _Reading(NamedTuple):
    """How one secret reads where only some signs are left, and the runs of that."""

    wholes: tuple[str, ...]
    runs: frozenset[str]
    grams: frozenset[str]

    @classmethod
    def of(cls, secret: str, kept: re.Pattern[str]) -> _Reading:
        wholes = tuple(form for form in _forms(secret, kept) if len(form) >= _RUN)
        runs = frozenset(run for form in wholes for run in _windows(form, _RUN))
        grams = frozenset(gram for run in runs for gram in _windows(run, _GRAM))
        return cls(wholes, runs, grams)


class _Learnt(NamedTuple):
    """All that is worked out of one part of a secret; `few` is None where not needed.

    Working it out takes half a millisecond, and a triage learns a dozen sessions.
    """

    spelt: Mapping[str, str]
    folded: str
    words: frozenset[str]
    kept: _Reading | None
    few: _Reading | None

    @classmethod
    def of(cls, part: str) -> _Learnt:
        folded = _folded(part)
        long = len(part) >= _RUN
        # Of passwords with few letters and digits, all signs are looked at.
        few = long and len(_only(_KEPT, folded)) < _FEW
        return cls(
            spelt=spellings(part),
            folded=folded,
            words=frozenset(_WORD.findall(folded)),
            kept=_Reading.of(part, _KEPT) if long else None,
            few=_Reading.of(part, _SEEN) if few else None,
        )


class _Index:
    """The runs of some secrets, as they read where only `kept` signs are left."""

    def __init__(
        self, kept: re.Pattern[str], read: Sequence[tuple[_Reading, frozenset[str]]]
    ) -> None:
        self.kept = kept
        self._wholes = {form for each, _ in read for form in each.wholes}
        self._runs = frozenset[str]().union(*(each.runs for each, _ in read))
        self._grams = frozenset[str]().union(*(each.grams for each, _ in read))
        self._words = frozenset[str]().union(*(words for _, words in read))

    def __bool__(self) -> bool:
        return bool(self._wholes)

    def hits(self, text: str) -> list[tuple[int, int]]:
        """Return the parts of secrets in a squeezed text, none within another."""
        found: list[tuple[int, int]] = []
        grams, runs, after = self._grams, self._runs, 0
        for at in range(0, len(text) - _GRAM + 1, _STRIDE):
            if at < after or text[at : at + _GRAM] not in grams:
                continue
            for start in range(max(after, at - _STRIDE + 1), at + 1):
                if text[start : start + _RUN] in runs:
                    end = start + _RUN
                    while end < len(text) and text[end - _RUN + 1 : end + 1] in runs:
                        end += 1
                    after = end
                    if self._telling(text[start:end]):
                        found.append((start, end))
                    break
        return found

    def _telling(self, run: str) -> bool:
        """Tell a part of a secret from words that it is made of."""
        if not (run.isascii() and (run.isalpha() or run.isdigit())):
            return True
        if reads_at_random(run):
            return True
        if len(run) >= _SEVERAL_WORDS and not any(run in word for word in self._words):
            return True
        return any(
            run in form and len(run) >= _MOST * len(form) for form in self._wholes
        )


class Known:
    """Finds known secrets; `hide` puts something in the place of each."""

    __slots__ = ("_edges", "_indexes", "_needles", "_signs", "learnt")

    def __init__(self, secrets: Iterable[str], before: Known | None = None) -> None:
        """Learn the secrets; what `before` knows of them is not worked out again."""
        found = {part for secret in secrets for part in parts(secret) if part.strip()}
        old: Mapping[str, _Learnt] = before.learnt if before is not None else {}
        self.learnt: Mapping[str, _Learnt]
        self.learnt = {part: old.get(part) or _Learnt.of(part) for part in found}
        all_of = self.learnt.values()
        self._needles = Needles(each.spelt for each in all_of)
        kept = [(each.kept, each.words) for each in all_of if each.kept is not None]
        few = [(each.few, each.words) for each in all_of if each.few is not None]
        indexes = (_Index(_KEPT, kept), _Index(_SEEN, few))
        self._indexes = tuple(index for index in indexes if index)
        self._edges = tuple(sorted({e.folded for e in all_of if e.kept is not None}))
        self._signs = frozenset(_KEPT.sub("", "".join(self._edges))) - _BLANKS

    def __bool__(self) -> bool:
        return bool(self._needles)

    def hide(self, text: str, mark: Callable[[str], str]) -> str:
        """Return the text with `mark` of each secret in its place."""
        if not self._needles:
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
        if any(index.hits(_only(index.kept, read)) for index in self._indexes):
            yield from self._found(_view(folded))
        if _NUMBERS.search(folded):
            yield from self._found(_numbers(folded))

    def _found(self, view: _View) -> Iterator[tuple[int, int]]:
        for index in self._indexes:
            places = _places(view.text, index.kept)
            for start, end in index.hits(_only(index.kept, view.text)):
                first, last = self._widened(view.text, places[start], places[end - 1])
                yield view.starts[first], view.ends[last]

    def _widened(self, text: str, first: int, last: int) -> tuple[int, int]:
        """Take signs along that begin or end a secret, such as the = of base64."""
        signs = self._signs
        for _ in range(_AT_AN_END):
            first -= first > 0 and text[first - 1] in signs
            last += last + 1 < len(text) and text[last + 1] in signs
        return first, last

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


def _only(kept: re.Pattern[str], text: str) -> str:
    return "".join(kept.findall(text))


def _places(text: str, kept: re.Pattern[str]) -> array[int]:
    """Return where each sign of the squeezed text stood."""
    places = array("l")
    for found in kept.finditer(text):
        places.extend(range(*found.span()))
    return places


def _windows(form: str, size: int) -> Iterator[str]:
    return (form[at : at + size] for at in range(len(form) - size + 1))


def _folded(text: str) -> str:
    """Return the text without case, as long as it was."""
    lower = text.lower()
    if len(lower) == len(text):
        return lower
    return "".join(low if len(low := sign.lower()) == 1 else sign for sign in text)


def _forms(secret: str, kept: re.Pattern[str]) -> Iterator[str]:
    """Yield what a secret reads as in a squeezed text, long enough to be told."""
    raw = secret.encode("utf-8", "surrogatepass")
    straight = _only(kept, _folded(visible(secret)))
    # Escaped one byte at a time, as URLs have it.
    bytewise = _only(kept, _folded(raw.decode("latin-1")))
    yield from (straight, straight[::-1], bytewise, raw.hex(), raw[::-1].hex())
    for each in {quote(raw, safe="").encode(), raw}:
        yield from (_only(kept, _folded(core)) for core in _base64(each))


def _base64(raw: bytes) -> Iterator[str]:
    for shift, skipped in enumerate((0, 2, 3)):
        # Inside "user:secret" the bytes start anywhere in a group of three. Characters
        # that share bits with a neighbour differ from text to text and are left out.
        # Without signs, the alphabets of RFC 4648 sections 4 and 5 are the same.
        core = b64encode(bytes(shift) + raw).decode()
        yield core[skipped : 8 * (shift + len(raw)) // 6]


_DECIMAL, _NAMED, _BYTES, _OCTAL = 6, 7, 10, 11
_BASES = {_DECIMAL: 10, _OCTAL: 8}


def _read_escape(found: re.Match[str]) -> str:
    """Return what one escape in a folded text stands for, itself folded."""
    group = found.lastindex
    if group is None:
        return ""
    if group == _BYTES:
        return _folded(unquote(found[0], errors="replace"))
    if group == _NAMED:
        read = html.unescape(found[0])
        return found[0] if read == found[0] else _folded(read)
    point = int(found[group], _BASES.get(group, 16))
    return _folded(chr(point)) if point <= 0x10FFFF else ""


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
        pieces: list[str] = []
        starts, ends, after = array("l"), array("l"), 0
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


def _runs_of(folded: str) -> Iterator[re.Match[str]]:
    for run in _NUMBERS.finditer(folded):
        yield from _NUMBER.finditer(folded, *run.span())


def _spelt(number: re.Match[str]) -> str:
    value = int(number[0])
    return _folded(chr(value)) if 32 < value < 256 else ""


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
    pieces: list[str] = []
    after = 0
    for start, end in _joined(spans):
        if _is_marked(text, start, end):
            continue
        found = list(_FORMLESS.finditer(text, start, end))
        for piece in found:
            if len(found) > 1 and _by_accident(text, piece, start, end):
                continue
            pieces += (text[after : piece.start()], mark(piece[0]))
            after = piece.end()
    pieces.append(text[after:])
    return "".join(pieces)


def _by_accident(text: str, piece: re.Match[str], start: int, end: int) -> bool:
    """Tell whether a word beside a secret only begins or ends as the secret goes on."""
    if len(piece[0]) > _AN_ACCIDENT:
        return False
    if not any(map(str.isalnum, piece[0])):
        return len(piece[0]) == 1
    first, last = piece.span()
    goes_on_before = first == start and text[max(0, start - 1) : start].isalnum()
    goes_on_behind = last == end and text[end : end + 1].isalnum()
    return goes_on_before or goes_on_behind


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
