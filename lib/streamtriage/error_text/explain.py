"""A Signature in plain English: what the text says, and what it does not."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING

from streamtriage.error_text.client_table import silent_about
from streamtriage.on_first_use import compile_later

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamtriage.error_text.certificates import Certificate
    from streamtriage.error_text.connecting import NotConnected
    from streamtriage.error_text.messages import Message
    from streamtriage.error_text.normalise import Ink
    from streamtriage.error_text.symptoms import Symptom
    from streamtriage.knowledge.client_texts import ClientTexts
    from streamtriage.model import Half

__all__ = ["means", "question"]


def means(  # noqa: PLR0913 - all that a text was found to tell
    ink: Ink,
    half: Half,
    messages: list[Message],
    told: Message | None,
    statuses: tuple[int, ...],
    unanswered: Certificate | NotConnected | None = None,
    symptom: Symptom | None = None,
    client: ClientTexts | None = None,
) -> str:
    """Say in a sentence or two what a stressed reader may conclude, and what not."""
    if half == "none":
        story = " ".join((symptom.means if symptom else _NOTHING, *_noted(ink)))
        return f"{story} {_silent(client)}" if client else story
    trust = unanswered.means if unanswered and half in _UNANSWERED else ""
    if half == "look-alike":
        return f"This is not the SSE reconnect error. {_instead(messages)}"
    rows = [m for m in messages if m.printed and half in m.printed.row.halves]
    if rows and not any(m.half == half and m.line for m in messages):
        return " ".join(filter(None, (*_of_client(rows, statuses, client), trust)))
    said = _of_sdk(half, messages, told, statuses)
    return " ".join(filter(None, (*said, trust)))


def _of_sdk(
    half: Half, messages: list[Message], told: Message | None, statuses: tuple[int, ...]
) -> Iterator[str]:
    """Say what the SDK's texts mean, and those that every client prints alike."""
    yield _story(half, messages)
    if half == "reopen" and any(m.half == "cut" for m in messages):
        yield "Before that the open stream was cut, not closed politely."
    if told is not None and half in _REFUSED:
        yield _refusal(told, statuses)
    if half in ("reopen", "exhausted") and any(m.half == "exhausted" for m in messages):
        yield _given_up(messages, half)
    if half == "initial-open" and sum(m.half == half for m in messages) == 1:
        yield _ONCE
    if told is not None and _renamed(told):
        yield _RENAMED


# The halves that a missing answer belongs to.
_UNANSWERED: frozenset[Half] = frozenset({"connect", "reopen", "initial-open"})
# The halves whose story a status belongs to.
_REFUSED: frozenset[Half] = frozenset({"reopen", "exhausted", "initial-open"})


def _story(half: Half, messages: list[Message]) -> str:
    traced = not any(m.line or m.printed or m.kind for m in messages)
    return _CUT_UNSEEN if half == "cut" and traced else _STORY[half]


def _instead(messages: list[Message]) -> str:
    for message in messages:
        if message.look_alike:
            return message.look_alike.means
        if message.printed and message.half == "look-alike":
            return message.printed.row.means
    return ""


def _of_client(
    rows: list[Message], statuses: tuple[int, ...], client: ClientTexts | None
) -> Iterator[str]:
    """Say what a client's own words mean: each of them once, the first the most."""
    printed = [m.printed for m in rows if m.printed]
    own = [each.client for each in printed if not each.row.shared]
    who = client or next(iter(own), None)
    if who is not None:
        yield f"{who.title} printed it."
    yield from filter(None, dict.fromkeys(each.row.means for each in printed[:20]))
    if who is not None and who.note:
        yield who.note
    if statuses:
        said = " and ".join(_named(status) for status in statuses[:3])
        yield f"The answer was HTTP {said}."
    elif any(each.row.hides_reason for each in printed):
        yield _HIDDEN
    else:
        yield _NO_STATUS


def question(
    half: Half,
    client: ClientTexts | None,
    symptom: Symptom | None,
    messages: list[Message],
) -> str:
    """Ask for what a text lacks, and say where it is found; "" where nothing lacks."""
    silent = half == "unknown" or (half == "none" and (symptom or client))
    hidden = any(m.printed and m.printed.row.hides_reason for m in messages)
    if not silent and not (half == "connect" and hidden):
        return ""
    if client is None:
        return (
            "Which client is it, and what exactly does it print? Paste the line as it "
            "stands in its log."
        )
    if not client.ask:
        return f"What exactly does {client.title} print? Paste the line."
    return f"What exactly does {client.title} print? Look in {client.ask}."


_NO_STATUS = "The text holds no status."
_HIDDEN = (
    "This client prints the same words whether the name, the network, the certificate "
    "or the server failed; only a probe can tell."
)
_STORY: dict[Half, str] = {
    "reopen": "The event stream had been open, it ended, and the client's GET to open "
    "it again failed.",
    "exhausted": "The event stream had been open, it ended, and it could not be opened "
    "again.",
    "cut": "The open event stream was cut while the client was reading it; the text "
    "does not say by whom, and it shows no refused reopening.",
    "initial-open": "The first GET for the event stream failed; no open stream was "
    "lost, and requests over POST do not need it.",
    "session-lost": "A request was answered as if the session were gone.",
    "event-unreadable": "An event of the open stream could not be read by the client.",
    "connect": "The connection never came about, so no stream was reached.",
    "unknown": "Something of an MCP server failed; the text does not say what.",
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
        compile_later(r"terminalconnectionerror\d{1,3}/\d{1,3}"),
        1,
        "Claude Code counts errors in a row here; the error itself is on another line.",
    ),
    (
        compile_later(r"notokendatafound"),
        20,
        (
            "Claude Code looks for a token before each HTTP request, so this line once "
            "a second means that the stream opens and ends over and over, in silence."
        ),
    ),
    (
        compile_later(r"service=servererror="),
        1,
        "This client hides the cause of a failed server; its log does not hold it.",
    ),
)


def _silent(client: ClientTexts) -> str:
    """Say what a client is silent about: its silence proves nothing."""
    rows = silent_about(client)
    if not rows:
        return f"This looks like {client.title}."
    faults = ", ".join(dict.fromkeys(row.fault for row in rows))
    places = dict.fromkeys(row.where for row in rows if row.where)
    look = f" Look in {'; '.join(places)}." if places else ""
    return f"{client.title} prints nothing for this: {faults}.{look}"


_NOTHING = "No text of this error was found."


def _noted(ink: Ink) -> Iterator[str]:
    for pattern, often, note in _NOTES:
        if sum(1 for _ in pattern.finditer(ink.letters)) >= often:
            yield note
