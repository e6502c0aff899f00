"""Read a pasted error or log into a Signature, before any probe runs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from streamtriage.error_text.meanings import means
from streamtriage.error_text.messages import Message
from streamtriage.error_text.plain import SEAM, Ink, plain
from streamtriage.error_text.reason_phrases import REFUSALS
from streamtriage.error_text.runtimes import runtime
from streamtriage.error_text.search import find
from streamtriage.model import Signature

if TYPE_CHECKING:
    from streamtriage.model import Half

__all__ = ["parse"]

# A prediction is a handful of lines; of a long log, the newest are kept.
LINE_CAP = 64

_TELLING: tuple[Half, ...] = (
    "reopen",
    "exhausted",
    "cut",
    "initial-open",
    "look-alike",
)
_NO_HALF: Half = "none"


def parse(text: str) -> Signature:
    """Say what a text tells of the failure; any text at all has an answer.

    Reads a bounded part from both ends of a huge text. What the text leaves open stays
    open: `statuses` then holds every status that can stand behind it.
    """
    ink = Ink(plain(text))
    messages = find(ink) or _traces(ink)
    halves = tuple(dict.fromkeys(m.half for m in messages if m.half))
    half = next((half for half in _TELLING if half in halves), _NO_HALF)
    told = _told(messages)
    statuses = _statuses(ink.text, told, messages)
    return Signature(
        runtime=runtime(ink, messages),
        half=half,
        halves=halves,
        reason=told.reason if told else None,
        statuses=statuses,
        lines=tuple(m.line for m in messages if m.line)[-LINE_CAP:],
        means=means(ink, half, messages, told, statuses),
    )


# Words of the client alone, weaker than any message of the SDK: they show that one was
# there, on a line that was not pasted.
_TRACES: tuple[tuple[re.Pattern[str], Half], ...] = (
    (re.compile(r"client_http_failed_to_open_stream"), "initial-open"),
    (re.compile(r"closingtransport\(maxconsecutiveterminalerrors"), "cut"),
    (re.compile(r"connectiondroppedafter\d{1,9}suptime"), "cut"),
)


def _traces(ink: Ink) -> list[Message]:
    found = []
    for pattern, half in _TRACES:
        spot = pattern.search(ink.letters)
        if spot:
            refused = half == "initial-open"
            found.append(
                Message(
                    half=half,
                    start=ink.place(spot.start()),
                    end=ink.end(spot.end()),
                    kind="status" if refused else None,
                    statuses=REFUSALS if refused else (),
                )
            )
    return found


def _told(messages: list[Message]) -> Message | None:
    """Choose the message that says most: a reopening's, with a reason, the last one."""
    refused = [m for m in messages if m.kind and not m.look_alike]
    return max(
        refused,
        key=lambda m: (m.reason is not None, m.half == "reopen", m.start),
        default=None,
    )


# --- statuses -----------------------------------------------------------------------

_NUMBER = re.compile(
    r"(?:\bHTTP(?:/[\d.]{1,3})?\s|\b(?:http_?)?(?:code|status|status_?code)[\"']?"
    r"\s{0,2}[:=]?\s{0,2}[\"']?|non-200 status code \()([1-5]\d\d)\b"
    r"|\(([1-5]\d\d)\)",
    re.IGNORECASE,
)
# Lines that still belong to the error above them: a stack, an inspected object.
_GOES_ON = re.compile(
    r"[ \t{}\[\]\"']|(?:code|status|data|event|cause)\b", re.IGNORECASE
)
_NEAR_BEFORE = 80
_NEAR_AFTER = 600


def _statuses(
    text: str, told: Message | None, messages: list[Message]
) -> tuple[int, ...]:
    if told is None:
        # Given up without a word of why: any refusal can have done it.
        return REFUSALS if any(m.half == "exhausted" for m in messages) else ()
    if told.kind == "other":
        return _numbers(told.reason or "", REFUSALS)
    if len(told.statuses) < 2:
        return told.statuses
    near = _numbers(_surroundings(text, told, messages), told.statuses)
    return near if len(near) == 1 else told.statuses


def _numbers(text: str, among: tuple[int, ...]) -> tuple[int, ...]:
    said = {int(found[1] or found[2]) for found in _NUMBER.finditer(text)}
    return tuple(sorted(said & set(among)))


def _surroundings(text: str, told: Message, messages: list[Message]) -> str:
    """Return a message's record, up to its neighbours, with what its reason says."""
    floor = max([m.end for m in messages if m.end <= told.start], default=0)
    line = text.rfind("\n", 0, told.start) + 1
    before = text[max(line, floor, told.start - _NEAR_BEFORE) : told.start]
    ceiling = min([m.start for m in messages if m.start >= told.end], default=len(text))
    after = text[told.end : min(ceiling, told.end + _NEAR_AFTER)]
    first, *rest = after.split("\n")
    kept = [first]
    for each in rest:
        if each and not _GOES_ON.match(each):
            break
        kept.append(each)
    return "\n".join((before, told.reason or "", *kept)).replace(SEAM, "\n")
