"""What weeks of client logs say: how often, at which age, since which version."""

from __future__ import annotations

from streamtriage.history.answer import Answer, answer_of
from streamtriage.history.reading import (
    READ_SECONDS,
    Change,
    History,
    ServerHistory,
    history,
)
from streamtriage.history.words import (
    UNTOLD,
    ages_markdown,
    ages_picture,
    drops_picture,
    headline,
    looked_markdown,
    name_of,
    overview_markdown,
    refusals_markdown,
    render_text,
    versions_markdown,
)

__all__ = [
    "READ_SECONDS",
    "UNTOLD",
    "Answer",
    "Change",
    "History",
    "ServerHistory",
    "ages_markdown",
    "ages_picture",
    "answer_of",
    "drops_picture",
    "headline",
    "history",
    "looked_markdown",
    "name_of",
    "overview_markdown",
    "refusals_markdown",
    "render_text",
    "versions_markdown",
]
