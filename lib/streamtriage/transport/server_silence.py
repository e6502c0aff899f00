"""Whether the server still answers: asked after every request that it left open."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from streamtriage.model import Failure

if TYPE_CHECKING:
    from streamtriage.transport.recorder import Recorder
    from streamtriage.transport.response import LiveResponse

__all__ = ["MOST_ASKED", "Traffic", "spoke"]

# One at once, one at the end of the run.
MOST_ASKED = 2
_MOST_CHALLENGES = 20
# What is written in a report is rounded to 0.1 ms.
_GRAIN_S = 0.001
LIMITED = "held back: the server had answered 429"
SILENT = "held back: the server had stopped answering"
# These are bytes of a server, though no answer that a client can read.
_SPOKE = (
    Failure.PROTOCOL,
    Failure.TOO_LARGE,
    Failure.STREAM_RESET,
    Failure.GOAWAY,
)


class Traffic:
    """What has been sent on every way out of one triage, and the brakes on all.

    `limited` is set by a 429 and `silent` where nothing was answered any more; either
    holds back whatever has not been sent by then.
    """

    def __init__(self, least_patience_s: float) -> None:
        self._least_patience_s = least_patience_s
        self.limited = False
        self.limit: LiveResponse | None = None
        self.silent = False
        # Nobody listens any more: what is sent is refused at once and disturbs nobody.
        self.gone = False
        self.short = ""
        self.sent = 0
        self.connections = 0
        self.live: set[LiveResponse] = set()
        self.fell_silent_after: Recorder | None = None
        self.asked_again: list[LiveResponse] = []
        # As they came: what an evidence says of them has been redacted.
        self._challenges: list[str] = []
        self.asking = asyncio.Lock()
        self._open: list[Recorder] = []
        self._answered_at_s: float | None = None
        self._slowest_s = 0.0

    @property
    def held_back(self) -> str:
        """Return why nothing more is sent; empty where it is."""
        return LIMITED if self.limited else SILENT if self.silent else ""

    def add(self, live: LiveResponse, *, to_server: bool) -> None:
        """Take a request that goes out, to the server itself or elsewhere."""
        self.sent += 1
        self.live -= {each for each in self.live if each.finished}
        self.live.add(live)
        if to_server:
            self._open.append(live.recorder)

    def connection(self) -> str:
        """Return the label of the next connection."""
        self.connections += 1
        return f"c{self.connections}"

    def apart(self) -> Traffic:
        """Return the traffic with another server: its brakes are no word of ours."""
        other = Traffic(self._least_patience_s)
        other.live = self.live
        other.short = self.short
        return other

    @property
    def patience_s(self) -> float:
        """How long a server may take to show that it still answers.

        Twice its slowest answer to a POST: who is merely slow is not silent.
        """
        self._settle()
        return max(self._least_patience_s, 2 * self._slowest_s)

    def answered_since(self, at_s: float) -> bool | None:
        """Tell whether something that was sent after a moment has been answered.

        None where the server has answered nothing at all: it cannot fall silent.
        """
        self._settle()
        if self._answered_at_s is None:
            return None
        return self._answered_at_s > at_s + _GRAIN_S

    def challenged(self) -> tuple[str, ...]:
        """Return the challenges that came by now, in the order of their requests."""
        self._settle()
        return tuple(self._challenges)

    def first_left_open(self) -> Recorder | None:
        """Return the first request after whose sending nothing was answered."""
        self._settle()
        last = self._answered_at_s
        left = [r for r in self._open if last is None or r.sent_at_s > last]
        return min(left, key=lambda each: each.sent_at_s, default=None)

    def _settle(self) -> None:
        """Learn from what was answered by now."""
        left: list[Recorder] = []
        for each in self._open:
            if not spoke(each):
                left.append(each)
                continue
            challenge = each.header("www-authenticate")
            known = each.session not in ("made-up", "ended")
            if challenge and known and len(self._challenges) < _MOST_CHALLENGES:
                self._challenges.append(challenge)
            last = self._answered_at_s
            sent = each.sent_at_s
            self._answered_at_s = sent if last is None else max(last, sent)
            if each.method != "GET" and each.headers_at_s is not None:
                self._slowest_s = max(self._slowest_s, each.headers_at_s - sent)
        self._open = left


def spoke(recorder: Recorder) -> bool:
    """Tell whether any answer came, also one that no client can read."""
    return recorder.status is not None or recorder.failure in _SPOKE
