"""One connection that is kept for the next request, as clients keep theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from streamtriage.model import End

if TYPE_CHECKING:
    from collections.abc import Hashable

    from streamtriage.transport.recorder import Recorder
    from streamtriage.transport.sockets import Network, Transport

__all__ = ["Carrier", "KeptConnection"]

# How long the first request on the kept connection may take, at least, and how many
# times as long as the first answer: some programs read one request and no more.
TRIAL_S = 1.0
TRIAL_TIMES = 6.0


class Carrier:
    """What carries the requests of one connection, one after the other.

    `key` says what it leads to, and is None for one that is never kept; `label` is the
    connection's name.
    """

    def __init__(
        self, network: Network, transport: Transport, key: Hashable | None
    ) -> None:
        self.network, self.transport, self.key = network, transport, key
        self.label = ""

    async def aclose(self) -> None:
        """Close the connection."""
        await self.transport.aclose()


class KeptConnection:
    """The connection of one triage on which the next request is sent.

    At most one waits: a server that serves one connection at a time is never kept from
    the next request by it. Nothing is kept before `try_it`. The first request on a kept
    connection is a trial: if it is not answered, each has a connection of its own.
    """

    def __init__(self) -> None:
        self.state: Literal["off", "untried", "works"] = "off"
        self._idle: Carrier | None = None
        self._first_answer_s: float | None = None

    def try_it(self) -> None:
        """Keep one from now on, and use it once it has been tried."""
        self.state = "untried"

    @property
    def trial_s(self) -> float:
        """How long to wait on a kept connection that may not be read any more."""
        return max(TRIAL_S, TRIAL_TIMES * (self._first_answer_s or 0.0))

    async def take(self, key: Hashable | None, *, trial: bool) -> Carrier | None:
        """Return the one that waits; None, and none waits, where there is no such."""
        carrier, self._idle = self._idle, None
        if carrier is None:
            return None
        if carrier.key == key and (trial or self.state == "works"):
            return carrier
        await carrier.aclose()
        return None

    async def give_back(self, carrier: Carrier, recorder: Recorder) -> None:
        """Keep a connection whose answer is whole, if none waits; close any other."""
        if self._first_answer_s is None:
            self._first_answer_s = recorder.answered_after_s
        may = self.state != "off" and carrier.key is not None and _is_whole(recorder)
        if not may or self._idle is not None:
            await carrier.aclose()
            return
        self._idle = carrier

    async def give_up(self) -> None:
        """Keep none from now on."""
        self.state = "off"
        await self.aclose()

    async def aclose(self) -> None:
        """Close the one that waits."""
        carrier, self._idle = self._idle, None
        if carrier is not None:
            await carrier.aclose()


def _is_whole(recorder: Recorder) -> bool:
    """Tell whether another request may follow on the connection (RFC 9112, 9.3)."""
    told = recorder.header("connection").lower()
    whole = recorder.end is End.COMPLETE and recorder.failure is None
    return whole and recorder.http_version == "HTTP/1.1" and "close" not in told
