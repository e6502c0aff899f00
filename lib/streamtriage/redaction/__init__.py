"""Two walls: what comes from outside is redacted, and what leaves is looked at."""

from __future__ import annotations

from streamtriage.redaction.last_look import LastLook, last_look, values_of
from streamtriage.redaction.marks import HIDDEN, cut, label, visible
from streamtriage.redaction.redactor import VALUE_LIMIT, Redactor, settle
from streamtriage.redaction.wall import (
    Raw,
    Redacted,
    Wall,
    has_passed,
    holds_a_secret,
    inside,
    let_in,
    shown_address,
    shown_text,
    vouch,
)

__all__ = [
    "HIDDEN",
    "VALUE_LIMIT",
    "LastLook",
    "Raw",
    "Redacted",
    "Redactor",
    "Wall",
    "cut",
    "has_passed",
    "holds_a_secret",
    "inside",
    "label",
    "last_look",
    "let_in",
    "settle",
    "shown_address",
    "shown_text",
    "values_of",
    "visible",
    "vouch",
]
