"""One reader for each text that an MCP client prints about its stream."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, NamedTuple

from streamtriage.error_text.look_alikes import NETWORK
from streamtriage.error_text.reason_phrases import REFUSALS
from streamtriage.error_text.reasons import (
    CUT,
    INFIX,
    OPEN,
    REOPEN,
    TailKind,
    after_colon,
    phrase,
    thrown,
)
from streamtriage.on_first_use import compile_later

if TYPE_CHECKING:
    import re
    from collections.abc import Callable

    from streamtriage.error_text.clients_seen import Printed
    from streamtriage.error_text.look_alikes import LookAlike
    from streamtriage.error_text.normalise import Ink
    from streamtriage.model import Half

__all__ = ["READERS", "Message"]

# Letters of both "Streamable HTTP error: " and the class name StreamableHTTPError.
_INFIX_LETTERS = "streamablehttperror:"
_V2_LETTERS = "sdkhttperror:"
_FAILED_TO = "failedto"
_OPEN_LETTERS = "failedtoopenssestream"

Generation = Literal["v1", "v2"]


@dataclass(frozen=True, slots=True)
class Message:
    """One text found: where it stood, which half it tells of, what follows its colon.

    `half` is None for the echo of a reopening: the SDK reports the inner error once
    more, just before. `printed` is the row of a client that prints words of its own.
    `line` is the SDK's exact text, or "" for words of the client's
    own; `inner` is the error alone, without the SDK's "Failed to reconnect".
    """

    half: Half | None
    start: int
    end: int
    line: str = ""
    inner: str = ""
    generation: Generation | None = None
    reason: str | None = None
    kind: TailKind | None = None
    statuses: tuple[int, ...] = ()
    look_alike: LookAlike | None = None
    printed: Printed | None = None


class _Names(NamedTuple):
    """The names around a message: v1's prefix, whose class it is, where they end."""

    prefix: str
    generation: Generation | None
    letter: int


def _prefix(ink: Ink, letter: int) -> str:
    """Tell "Streamable HTTP error" from StreamableHTTPError: the same letters."""
    gap = ink.place(letter + 10) != ink.place(letter + 9) + 1
    return INFIX if gap or ink.text[ink.place(letter + 14)] == "e" else ""


def _names_before(ink: Ink, letter: int) -> _Names:
    prefix = ""
    generation: Generation | None = None
    for _ in range(2):
        before = letter - len(_INFIX_LETTERS)
        if before < 0 or not ink.letters.startswith(_INFIX_LETTERS, before):
            break
        prefix = prefix or _prefix(ink, before)
        generation, letter = "v1", before
    return _Names(prefix, generation or "v2", letter)


def _names_after(ink: Ink, letter: int) -> _Names:
    prefix = ""
    generation: Generation | None = None
    for _ in range(3):
        if ink.letters.startswith(_INFIX_LETTERS, letter):
            prefix, generation = prefix or _prefix(ink, letter), "v1"
            letter += len(_INFIX_LETTERS)
        elif ink.letters.startswith(_V2_LETTERS, letter):
            generation, letter = "v2", letter + len(_V2_LETTERS)
        elif ink.letters.startswith("error:", letter):
            letter += len("error:")
    return _Names(prefix, generation, letter)


def _opening(prefix: str, text: str | None) -> str:
    return f"{prefix}{OPEN}" if text is None else f"{prefix}{OPEN}: {text}"


def _open(ink: Ink, spot: re.Match[str]) -> Message:
    names = _names_before(ink, spot.start())
    start = ink.place(names.letter)
    tail = phrase(ink, spot.end(), start)
    line = _opening(names.prefix, tail.text)
    return Message(
        half="initial-open",
        start=start,
        end=tail.end,
        line=line,
        inner=line,
        generation=names.generation,
        reason=tail.text,
        kind=tail.kind,
        statuses=tail.statuses,
    )


def _reopen(ink: Ink, spot: re.Match[str]) -> Message:
    # A paste may begin within it, or tell of it in other words.
    before = spot.start() - len(_FAILED_TO)
    whole = before >= 0 and ink.letters.startswith(_FAILED_TO, before)
    start = ink.place(before if whole else spot.start())
    bare = Message(
        half="reopen",
        start=start,
        end=ink.end(spot.end()),
        line=REOPEN,
        kind="status",
        statuses=REFUSALS,
    )
    colon = after_colon(ink, spot.end())
    if colon is None:
        return bare
    names = _names_after(ink, colon)
    if ink.letters.startswith(_OPEN_LETTERS, names.letter):
        return _refused(ink, names, bare)
    tail = thrown(ink, colon, start)
    if not tail.text or _cut_short(tail.text):
        v1 = names.generation or (tail.text or "").startswith("Streamable")
        return replace(bare, generation="v1" if v1 else None)
    return replace(
        bare,
        end=tail.end,
        line=f"{REOPEN}: {tail.text}",
        inner=tail.text,
        reason=tail.text,
        kind=tail.kind,
        statuses=tail.statuses,
    )


def _refused(ink: Ink, names: _Names, bare: Message) -> Message:
    tail = phrase(ink, names.letter + len(_OPEN_LETTERS), bare.start)
    inner = _opening(names.prefix, tail.text)
    return replace(
        bare,
        end=tail.end,
        line=f"{REOPEN}: {inner}",
        inner=inner,
        generation=names.generation or "v2",
        reason=tail.text,
        kind=tail.kind,
        statuses=tail.statuses,
    )


def _cut_short(text: str) -> bool:
    """Tell whether a paste ended inside the text that it should have shown."""
    start = text.rstrip(". ")
    return f"{INFIX}{OPEN}".startswith(start) or OPEN.startswith(start)


def _exhausted(ink: Ink, spot: re.Match[str]) -> Message:
    tries = f" ({spot[1]})" if spot[1] else ""
    return Message(
        half="exhausted",
        start=ink.place(spot.start()),
        end=ink.end(spot.end()),
        line=f"Maximum reconnection attempts{tries} exceeded.",
    )


def _cut(ink: Ink, spot: re.Match[str]) -> Message:
    start, colon = ink.place(spot.start()), after_colon(ink, spot.end())
    if colon is None:
        return Message("cut", start, ink.end(spot.end()), CUT)
    tail = thrown(ink, colon, start)
    line = f"{CUT}: {tail.text}" if tail.text else CUT
    return Message("cut", start, tail.end, line, inner=tail.text or "")


def _gave_up(ink: Ink, spot: re.Match[str]) -> Message:
    return Message("exhausted", ink.place(spot.start()), ink.end(spot.end()))


def _redacted(ink: Ink, spot: re.Match[str]) -> Message | None:
    start, end = ink.place(spot.start()), ink.end(spot.end())
    reopened = spot[0].startswith("errordialing")
    if reopened and ink.letters.startswith("http", max(0, spot.start() - 4)):
        return None  # the tail of "SdkHttpError dialing"
    return Message(
        half="reopen" if reopened else "initial-open",
        start=start,
        end=end,
        inner="redacted",
        generation="v2",
        kind="status",
        statuses=REFUSALS,
    )


def _wrapped(ink: Ink, spot: re.Match[str]) -> Message | None:
    return _bare_error(ink, spot.end())


def _sign_in(ink: Ink, spot: re.Match[str]) -> Message | None:
    return _bare_error(ink, spot.start())


def _bare_error(ink: Ink, letter: int) -> Message | None:
    """Read an error that the SDK reported without any words of its own."""
    start = ink.place(letter)
    tail = thrown(ink, letter, start)
    signing_in = tail.kind in ("sign-in", "scope") or tail.text == "Unauthorized"
    if not tail.text or not (signing_in or tail.kind == "network"):
        return None
    return Message(
        half="initial-open" if signing_in else "look-alike",
        start=start,
        end=tail.end,
        line=tail.text,
        inner=tail.text,
        reason=tail.text,
        kind=tail.kind,
        statuses=tail.statuses,
        look_alike=None if signing_in else NETWORK,
    )


# Matched on Ink.letters. Each begins with a literal, so that a search is one fast pass,
# and every repeat is bounded, so that it stays linear.
READERS: tuple[
    tuple[re.Pattern[str], Callable[[Ink, re.Match[str]], Message | None]], ...
] = tuple(
    (compile_later(pattern), reader)
    for pattern, reader in (
        (r"reconnectssestream", _reopen),
        (_OPEN_LETTERS, _open),
        (r"maximumreconnectionattempts(?:\((\d{1,9})\))?(?:exceeded\.?)?", _exhausted),
        (r"ssestreamdisconnected", _cut),
        (r"closingtransport\(ssereconnectionexhausted\)", _gave_up),
        (r"sseget-streamreconnectionexhausted", _gave_up),
        (
            (
                r"sdkhttperrordialing(?:(?!failedto)[^\x00(]){1,300}"
                r"\(client_http_failed_to_open_stream"
            ),
            _redacted,
        ),
        (r"errordialinghttps?://", _redacted),
        (r"connectionerror:", _wrapped),
        (r"clienterrorforcommand", _wrapped),
        (r"clienterror:", _wrapped),
        (r"errorfromremoteserver:", _wrapped),
        (r"http\d{3}:invalidoautherrorresponse", _sign_in),
        (r"dynamicclientregistrationrejected", _sign_in),
    )
)
