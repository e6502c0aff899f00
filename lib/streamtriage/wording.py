"""Numbers, answers and ends in words, once, for sentences and tables alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.languages import has_sentence, spoken
from streamtriage.model.message import Message, message_of, say, tell, told

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamtriage.model import End, Exchange, Finding
    from streamtriage.model.message import Text

__all__ = [
    "answer",
    "cause_title",
    "counted",
    "ended",
    "ended_words",
    "listed",
    "password_scheme",
    "quoted",
    "said",
    "seconds",
    "spoken_list",
    "text_of",
    "title_of",
    "titled",
]


def seconds(value: float | None) -> Message:
    """Return a duration with its unit: milliseconds below one second.

    What would be rounded to 1000 ms is a second, and no time that passed is 0 ms.
    """
    if value is None:
        return say("duration.unknown")
    if 0 < value < 0.0005:
        return say("duration.under-ms")
    if value < 0.9995:
        return say("duration.ms", ms=value * 1000)
    return say("duration.s", s=value)


def answer(seen: Exchange) -> Text:
    """Return what one request was answered: status and phrase, or the failure."""
    if seen.status is None:
        return say(f"failure.{seen.failure}") if seen.failure else say("failure.none")
    return f"{seen.status} {seen.reason}" if seen.reason else str(seen.status)


def ended(seen: Exchange) -> Message:
    """Return how a stream ended, as the second half of a sentence."""
    return ended_words(seen.end)


def ended_words(end: End | None, *, many: bool = False) -> Message:
    """Return how a stream, or many, ended by the kind of end alone."""
    if end is None:
        return say("ended.not")
    return say(f"ended.{end}.many" if many else f"ended.{end}")


def counted(number: int, what: str) -> Message:
    """Return a number with its noun, in the form of the number.

    `what` is the noun of an entry `count.NOUN`, such as `first GET`.
    """
    noun = what.replace(" ", "-").strip("`").lower()
    return say(f"count.{noun}", n=number)


def quoted(seen: Exchange) -> Text:
    """Return the first line of what a refusal says, in brackets; empty if nothing."""
    text = (seen.jsonrpc_message or seen.excerpt).strip()
    if not text or text.startswith("<"):
        return ""
    return say("quoted", text=text.splitlines()[0][:100])


def password_scheme(seen: Exchange) -> str:
    """Return `Basic` or `Digest` where a challenge asks for a password (RFC 7617)."""
    challenge = seen.headers.get("www-authenticate", "")
    scheme = challenge.partition(" ")[0].title()
    return scheme if scheme in ("Basic", "Digest") else ""


def text_of(seen: Exchange) -> str:
    """Return what a refusal says, in lower case, to look for a dialect's words."""
    return f"{seen.jsonrpc_message} {seen.excerpt}".lower()


def listed(parts: Sequence[Text]) -> Text:
    """Return parts joined as in a sentence: `a`, `a and b`, `a, b and c`."""
    *most, last = parts
    return say("listed", most=tuple(most), last=last) if most else last


def said(text: Text) -> str:
    """Write a message in the language spoken; a text from outside as it is."""
    return text.text(spoken()) if isinstance(text, Message) else text


def spoken_list(parts: Sequence[Text], *, either: bool = False) -> str:
    """Write "a, b and c", or "a, b or c" where it is `either`."""
    *most, last = parts
    name = "listed.or" if either else "listed"
    return tell(name, most=tuple(most), last=last) if most else said(last)


def titled(found: Finding) -> Text:
    """Return the title of a finding; that of a report's own where no cause has it."""
    return _title(found.cause, found.title)


def title_of(found: Finding) -> str:
    """Write the title of a finding in the language spoken, in English as it is kept."""
    return told(message_of(titled(found)), found.title)


def cause_title(cause: str, kept: str = "") -> str:
    """Write what a cause is called in the language spoken; `kept` if it is none."""
    return said(_title(cause, kept))


def _title(cause: str, kept: str) -> Text:
    name = f"title.{cause}"
    return say(name) if has_sentence(name) else kept
