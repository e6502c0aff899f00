"""What was asked again with one thing changed, because nothing explained it."""

from __future__ import annotations

from typing import Literal

from streamtriage.model.evidence import ProbeEvidence
from streamtriage.model.exchange import Exchange
from streamtriage.model.observation import ObservationId
from streamtriage.model.vocabulary import Noun

__all__ = [
    "Change",
    "ChangeKind",
    "Direction",
    "FollowUpEvidence",
    "Question",
    "Turn",
]

ChangeKind = Literal[
    "slash",
    "path",
    "accept",
    "charset",
    "framing",
    "agent",
    "origin",
    "revision",
    "session",
    "connection",
    "http-version",
]
# `mend`: what fails is asked so that it may work. `break`: what works for this tool is
# asked as the text says that the client asks.
Direction = Literal["mend", "break"]
# What a change did: `none`, as before; `once`, another answer that was not asked for
# twice; `flip`, in the order before, after, before, after; `wavers`, in no such order.
Turn = Literal["none", "once", "flip", "wavers"]


class Change(Noun):
    """One thing changed in one request, and the answers to it in turn.

    `says` is the change in words, to follow the request. `unchanged` and `once_more`
    are sent only where `tried` was answered otherwise than before.
    """

    id: str
    kind: ChangeKind
    says: str
    tried: Exchange
    unchanged: Exchange | None = None
    once_more: Exchange | None = None


class Question(Noun):
    """One request that is asked again: unchanged first, then with one change a time."""

    about: ObservationId | None = None
    request: Literal["initialize", "initialized", "post"] = "initialize"
    direction: Direction = "mend"
    again: Exchange
    changes: tuple[Change, ...] = ()

    def turn(self, change: Change) -> Turn:
        """Tell what a change did; a flip counts only if it came again in turn."""
        works = self.direction == "mend"
        if self.again.worked is works or change.tried.worked is not works:
            return "none"
        if change.unchanged is None or change.once_more is None:
            return "once"
        kept = change.unchanged.worked is not works and change.once_more.worked is works
        return "flip" if kept else "wavers"

    @property
    def flip(self) -> Change | None:
        """The first change that makes the difference."""
        return next((c for c in self.changes if self.turn(c) == "flip"), None)

    @property
    def wavers(self) -> bool:
        """True where the same request was answered in both ways."""
        came_back = self.direction == "mend" and self.again.worked
        return came_back or any(self.turn(c) == "wavers" for c in self.changes)


class FollowUpEvidence(ProbeEvidence):
    """What was asked again, and why no more: `sent` counts every request of it."""

    probe: Literal["follow-up"] = "follow-up"
    questions: tuple[Question, ...] = ()
    sent: int = 0
    stopped: Literal["", "requests", "seconds", "braked", "person"] = ""
