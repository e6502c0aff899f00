"""The changes that are tried one at a time where nothing explains a refusal."""

from __future__ import annotations

from functools import cache
from typing import Literal

from streamtriage.knowledge.rows import Fact, load

__all__ = ["TriedChange", "tried_changes"]


class TriedChange(Fact):
    """One thing to change in a request.

    `requests` are those that it may be made in, and `statuses` the answers after which
    it is tried first, both parted by blanks. `header` is a field to send, `-name` one
    to leave out, `http/1.1` that version. In `path`, `-/` and `+/` stand for the twin
    without and with a last slash, `*` for the path as it is, `?` for a made-up name.
    """

    change: str
    kind: Literal[
        "slash",
        "path",
        "accept",
        "charset",
        "framing",
        "agent",
        "origin",
        "revision",
        "http-version",
    ]
    requests: str
    direction: Literal["mend", "break"]
    statuses: str
    header: str
    path: str
    revision: str
    says: str

    def first_after(self, status: int | None) -> bool:
        """Tell whether it is among those that are tried first after this answer."""
        return str(status) in self.statuses.split()


@cache
def tried_changes() -> tuple[TriedChange, ...]:
    """Return every change, in the order in which they are tried."""
    return load("follow_up", TriedChange)
