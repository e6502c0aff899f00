"""A Signature in plain English: what the text says, and what it does not."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from streamtriage.error_text.messages import Message
    from streamtriage.error_text.plain import Ink
    from streamtriage.model import Half

__all__ = ["means"]


def means(
    ink: Ink,
    half: Half,
    messages: list[Message],
    told: Message | None,
    statuses: tuple[int, ...],
) -> str:
    """Say in a sentence or two what a stressed reader may conclude, and what not."""
    if half == "none":
        return _nothing(ink)
    if half == "look-alike":
        what = next(m.look_alike for m in messages if m.look_alike)
        return f"This is not the SSE reconnect error. {what.means}"
    said = [_STORY[half]]
    if half == "cut" and not any(m.line for m in messages):
        said = [_CUT_UNSEEN]
    if half == "reopen" and any(m.half == "cut" for m in messages):
        said.append("Before that the open stream was cut, not closed politely.")
    if told is not None:
        said.append(_refusal(told, statuses))
    if half in ("reopen", "exhausted") and any(m.half == "exhausted" for m in messages):
        said.append(_given_up(messages, half))
    if half == "initial-open" and sum(m.half == half for m in messages) == 1:
        said.append(_ONCE)
    if told is not None and _renamed(told):
        said.append(_RENAMED)
    return " ".join(filter(None, said))


_STORY: dict[Half, str] = {
    "reopen": "The event stream had been open, it ended, and the client's GET to open "
    "it again failed.",
    "exhausted": "The event stream had been open, it ended, and it could not be opened "
    "again.",
    "cut": "The open event stream was cut while the client was reading it; the text "
    "does not say by whom, and it shows no refused reopening.",
    "initial-open": "The first GET for the event stream failed; no open stream was "
    "lost, and requests over POST do not need it.",
}
_CUT_UNSEEN = (
    "The client notes that its connection dropped; the line that says why is not in "
    "this text."
)
# The SDK reports a failed first GET twice, and a failed reopening in two lines.
_ONCE = (
    'If the next line of the log says "Failed to reconnect", it is a reopening that '
    "failed instead."
)
_RENAMED = (
    "The class name is v1's but v1's own prefix is missing, so the client has changed "
    "the text."
)


def _refusal(told: Message, statuses: tuple[int, ...]) -> str:
    if told.kind == "network":
        return "No HTTP answer came, so the text stands for no status at all."
    if told.kind in ("sign-in", "scope"):
        return (
            f"The GET was answered {statuses[0]}; what follows is the sign-in that the "
            "client tried next, and any other number in it belongs to that."
        )
    if told.kind == "redirect":
        return "The GET was answered with a redirect that the client does not follow."
    if len(statuses) == 1:
        return f"The GET was answered HTTP {_named(statuses[0])}."
    if told.inner == "redacted":
        return (
            "The client has redacted the status away, so any refusal can be behind it."
        )
    return _unknown_status(told)


def _unknown_status(told: Message) -> str:
    if told.reason is None:
        return "The text carries no reason phrase, so the HTTP status is unknown."
    if not told.reason:
        return (
            "Nothing follows the colon: the answer had no reason phrase, so the HTTP "
            "status is unknown and only a probe can tell."
        )
    if told.kind == "other":
        return "What failed then is no text that the SDK is known to print."
    return "The server sent a reason phrase of its own, so the HTTP status is unknown."


def _named(status: int) -> str:
    try:
        return f"{status} ({HTTPStatus(status).phrase})"
    except ValueError:
        return str(status)


def _given_up(messages: list[Message], half: Half) -> str:
    line = next((m.line for m in messages if m.half == "exhausted" and m.line), "")
    tries = re.search(r"\((\d+)\)", line)
    after = f"after {tries[1]} tries" if tries else "after its last try"
    why = "" if half == "reopen" else " The text does not say why."
    return f"The client gave up {after} and will not try again on this connection.{why}"


def _renamed(told: Message) -> bool:
    return told.generation == "v1" and told.line.startswith("Failed to open")


# Lines that are often pasted though they hold no error of the SDK.
_NOTES: tuple[tuple[re.Pattern[str], int, str], ...] = (
    (
        re.compile(r"terminalconnectionerror\d{1,3}/\d{1,3}"),
        1,
        "Claude Code counts errors in a row here; the error itself is on another line.",
    ),
    (
        re.compile(r"notokendatafound"),
        20,
        (
            "Claude Code looks for a token before each HTTP request, so this line once "
            "a second means that the stream opens and ends over and over, in silence."
        ),
    ),
    (
        re.compile(r"service=servererror="),
        1,
        "This client hides the cause of a failed server; its log does not hold it.",
    ),
)


def _nothing(ink: Ink) -> str:
    notes = (
        note
        for pattern, often, note in _NOTES
        if sum(1 for _ in pattern.finditer(ink.letters)) >= often
    )
    return " ".join(("No text of this error was found.", *notes))
