"""Numbers and answers in words, the same way in every sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.model import End

if TYPE_CHECKING:
    from streamtriage.model import Exchange

__all__ = [
    "answer",
    "counted",
    "ended",
    "ended_words",
    "listed",
    "password_scheme",
    "quoted",
    "seconds",
    "text_of",
]

# How a stream ended, without the verb: "was" or "were" goes before it.
_ENDS = {
    End.COMPLETE: "ended cleanly by the server's side",
    End.CLOSED: "ended by a plain close",
    End.TRUNCATED: "cut without its last chunk",
    End.RESET: "reset",
    End.STREAM_RESET: "cut by RST_STREAM",
    End.GOAWAY: "cut by GOAWAY",
    End.PROTOCOL: "broken off by bytes that are not HTTP",
    End.WATCHED: "still open when we stopped watching",
    End.LIMITED: "still sending when we stopped reading",
    End.CANCELLED: "still open when the watch was cancelled",
}


def seconds(value: float | None) -> str:
    """Return a duration with its unit: milliseconds below one second."""
    if value is None:
        return "an unknown time"
    if value < 1:
        return f"{value * 1000:.0f} ms"
    return f"{value:.1f} s"


def answer(seen: Exchange) -> str:
    """Return what one request was answered: status and phrase, or the failure."""
    if seen.status is None:
        return str(seen.failure or "no answer")
    return f"{seen.status} {seen.reason}" if seen.reason else str(seen.status)


def ended(seen: Exchange) -> str:
    """Return how a stream ended, as the second half of a sentence."""
    return ended_words(seen.end)


def ended_words(end: End | None, *, many: bool = False) -> str:
    """Return how a stream, or many, ended by the kind of end alone."""
    if end is None:
        return "did not end"
    return f"{'were' if many else 'was'} {_ENDS[end]}"


def counted(number: int, what: str) -> str:
    """Return a number with its noun, in the singular where it is one."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def quoted(seen: Exchange) -> str:
    """Return the first line of what a refusal says, in brackets; empty if nothing."""
    text = (seen.jsonrpc_message or seen.excerpt).strip()
    if not text or text.startswith("<"):
        return ""
    return f' ("{text.splitlines()[0][:100]}")'


def password_scheme(seen: Exchange) -> str:
    """Return `Basic` or `Digest` where a challenge asks for a password (RFC 7617)."""
    challenge = seen.headers.get("www-authenticate", "")
    scheme = challenge.partition(" ")[0].title()
    return scheme if scheme in ("Basic", "Digest") else ""


def text_of(seen: Exchange) -> str:
    """Return what a refusal says, in lower case, to look for a dialect's words."""
    return f"{seen.jsonrpc_message} {seen.excerpt}".lower()


def listed(parts: list[str]) -> str:
    """Return parts joined as in a sentence: `a`, `a and b`, `a, b and c`."""
    *most, last = parts
    return f"{', '.join(most)} and {last}" if most else last
