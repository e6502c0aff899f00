"""What stands in place of something hidden, and how it is put there."""

from __future__ import annotations

import hashlib
import re

from streamtriage.on_first_use import compile_later

HIDDEN = "<hidden>"

# What an earlier pass left behind; every rule must leave it as it is, since a report
# is redacted where it is measured, again where it is built, and again where rendered.
MARKER = r"<hidden(?:: \d{1,12} characters)?>"
ESCAPED = r"<U\+[0-9A-F]{4,6}>"
# A variable that nobody expanded is no secret, and often the very cause of a 401.
_VARIABLE = r"\$[A-Z_][A-Z0-9_]{0,60}|\$\{[A-Za-z_][A-Za-z0-9_.]{0,60}\}|%[A-Z_]{2,60}%"
_KEPT = compile_later(rf"{MARKER}|(?:(?:Bearer|Basic|Token) {{1,8}})?(?:{_VARIABLE})")
LABEL = compile_later(r"session-[0-9a-f]{8}")


# C0 and C1 controls but tab and line feed, soft hyphen, zero-width and bidirectional
# marks, lone surrogates (which cannot be written as UTF-8), and tag characters.
# Joiners in emoji and in words of other scripts are how those are written.
_UNSEEN = compile_later(
    "(?P<joiner>(?<=[\u0900-\u1fff\u2190-\U0001ffff])[\u200c\u200d])"
    "|[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)


def visible(text: str) -> str:
    """Spell out characters that a terminal or a browser would obey, as `<U+202E>`."""
    return _UNSEEN.sub(_spelled, text.replace("\r\n", "\n"))


def _spelled(match: re.Match[str]) -> str:
    if match["joiner"]:
        return match[0]
    return f"<U+{ord(match[0]):04X}>"


def label(session_id: str) -> str:
    """Name a session without giving its id away; the same id has the same label."""
    digest = hashlib.sha256(session_id.encode("utf-8", "replace")).hexdigest()
    return f"session-{digest[:8]}"


def label_once(value: str) -> str:
    """Label a session id unless that has been done or there is none."""
    done = re.fullmatch(MARKER, value) or LABEL.fullmatch(value) or not value
    return value if done else label(value)


def hide(value: str) -> str:
    """Hide a value unless it is empty, hidden already, or the name of a variable."""
    return value if not value or _KEPT.fullmatch(value) else HIDDEN


def replaced(match: re.Match[str], group: str, value: str) -> str:
    """Give the whole match with one of its groups replaced."""
    start, end = match.span(group)
    return match.string[match.start() : start] + value + match.string[end : match.end()]


def cut(text: str, limit: int) -> str:
    """Bound a text to `limit` characters, and say so where some are missing."""
    if len(text) <= limit:
        return text
    note = f" … ({len(text)} characters in all)"
    return text[: limit - len(note)] + note
