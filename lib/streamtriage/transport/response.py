"""One response while it arrives, timed and recorded."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING, Any, Literal, Self

from streamtriage.model import End, Event, Exchange, Failure
from streamtriage.on_first_use import Later
from streamtriage.transport.failures import body_end, classify, describe, h2_error
from streamtriage.transport.http_library import httpcore
from streamtriage.transport.reach_rules import check_address

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamtriage.transport.http_library import httpx
    from streamtriage.transport.kept_connection import Carrier
    from streamtriage.transport.reach_rules import Reach
    from streamtriage.transport.recorder import Recorder
    from streamtriage.transport.requester import Wire
    from streamtriage.transport.sockets import Network
else:
    Network = Later("streamtriage.transport.sockets", "Network")

__all__ = ["LiveResponse"]

# What a request does with the connection that is kept: it takes it and gives one back,
# it gives one back but has a fresh one itself, or neither.
Keeps = Literal["yes", "fresh", "no"]
# An endless body is read this far and no farther.
BODY_LIMIT = 32 * 1024 * 1024
# So many pieces, events and comments at once, and so many a second after that: what is
# above is a flood, which costs us time in which everything else is seen late. The most
# talkative honest stream that was met sent 30 events a second.
FLOOD_BURST = 20_000
FLOOD_A_SECOND = 500
# Bytes are parsed for so long at a time, and then others have their turn.
_SLICE_BYTES = 8 * 1024
_TURN_S = 0.01
REPLY_LIMIT = 1024 * 1024
_HANDS_ON_S = 1.0
# How long the end of a stream may follow the response on it.
_END_S = 0.25
# However late we are ourselves, a wait ends after so many times its length more.
_MOST_LATE = 3


class _HeldBackError(Exception):
    """The brake was pulled while this request was still connecting."""


class LiveResponse:
    """One response while it arrives; ended by the server, by `close` or by `vanish`."""

    def __init__(  # noqa: PLR0913 - what the wire decides for one request
        self,
        wire: Wire,
        recorder: Recorder,
        *,
        http2: bool = True,
        reach: Reach = "any",
        even_braked: bool = False,
        asks: bool = True,
        keeps: Keeps = "no",
        trial: bool = False,
    ) -> None:
        """Make ready; `keeps` is what it does with connections, `trial` tries one."""
        self._wire, self._http2 = wire, http2
        self._keeps, self._trial = keeps, trial
        self._even_braked, self._asks = even_braked, asks
        self.recorder = recorder
        self._reach = reach
        self._network = self._new_network()
        self._host_after: str | None = None
        self._trying: asyncio.Timeout | None = None
        recorder.raw_head = lambda: self._network.raw_head
        self._task: asyncio.Task[None] | None = None
        self._news = asyncio.Event()

    def _new_network(self) -> Network:
        reach = self._reach
        return Network(lambda address: check_address(address, reach), self._wire.handed)

    def start(
        self,
        request: httpx.Request,
        host_after: str | None = None,
        *,
        once: bool = False,
    ) -> None:
        """Send the request; `host_after` is the header behind which `Host` stands.

        `once` says that its body cannot be sent again, so that it gets a connection of
        its own.
        """
        self._keeps = "no" if once else self._keeps
        self._network.host_after = self._host_after = host_after
        request.extensions = {"trace": self._trace}
        self._task = asyncio.create_task(self._run(request))

    # --- waiting ----------------------------------------------------------------------

    async def head(
        self, patience_s: float, cancel: asyncio.Event | None = None
    ) -> bool:
        """Wait for the response head; False when none came in time."""
        await self._until(
            lambda: (
                self.recorder.status is not None
                or self.finished
                or (cancel is not None and cancel.is_set())
            ),
            patience_s,
            cancel,
        )
        return self.recorder.status is not None

    async def watch(self, seconds: float, cancel: asyncio.Event | None = None) -> None:
        """Watch silently until the stream ends, our patience does, or `cancel`."""
        await self._until(
            lambda: self.finished or (cancel is not None and cancel.is_set()),
            seconds,
            cancel,
            exactly=True,
        )

    async def read_answer(self, patience_s: float) -> None:
        """Read until the body ends, or a JSON-RPC response came on an event stream."""
        await self._until(
            lambda: (
                self.finished
                or self.recorder.reply is not None
                or self.recorder.body_bytes > REPLY_LIMIT
            ),
            patience_s,
        )
        if self.recorder.reply is not None and not self.finished:
            await self._read_its_end()
        if self.finished:
            return
        if self.recorder.reply is not None or self.recorder.body_bytes > REPLY_LIMIT:
            end = End.LIMITED if self.recorder.reply is None else End.WATCHED
            self.recorder.finish(end, self._wire.now())
        else:
            self.give_up("no complete answer while we waited")

    async def _read_its_end(self) -> None:
        """Read on behind the response, so that the connection can be kept.

        Servers end such a stream at once; whether its end came with the response would
        else be chance. From one that leaves it open, no connection is kept.
        """
        if self._keeps == "no" or self._wire.kept.state == "off":
            return
        await self._until(lambda: self.finished, _END_S)
        if not self.finished:
            await self._wire.kept.give_up()

    def give_up(self, detail: str) -> None:
        """Record that our own clock ended the wait."""
        no_head = self.recorder.status is None
        self.recorder.finish(
            None if no_head else End.WATCHED,
            self._wire.now(),
            Failure.TIMED_OUT if no_head else None,
            detail,
        )

    @property
    def finished(self) -> bool:
        return self._task is None or self._task.done()

    # --- ending -----------------------------------------------------------------------

    async def close(self, end: End = End.WATCHED) -> None:
        """End it from our side by FIN; in HTTP/2 too, for no connection is shared.

        Where our patience ended before any answer came, the server is asked whether it
        still answers at all.
        """
        self._end_record(end)
        running = not self.finished
        await self._stop()
        left_open = self.recorder.failure is Failure.TIMED_OUT and running
        if left_open and end is not End.CANCELLED and self._asks:
            await self._wire.still_answers(self.recorder.sent_at_s)

    async def vanish(self) -> None:
        """End it from our side by RST, as a client that is gone would."""
        self._end_record(End.WATCHED)
        for connection in self._network.opened:
            connection.reset()
        await self._stop()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close(End.CANCELLED)

    def exchange(self) -> Exchange:
        return self.recorder.exchange()

    @property
    def events(self) -> tuple[Event, ...]:
        return tuple(
            event.model_copy(update={"request": self.recorder.label})
            for event in self.recorder.events
        )

    # --- private ----------------------------------------------------------------------

    def _end_record(self, end: End) -> None:
        no_head = self.recorder.status is None
        self.recorder.finish(
            None if no_head else end,
            self._wire.now(),
            Failure.TIMED_OUT if no_head else None,
            "no response head while we waited" if no_head else "",
        )

    async def _stop(self) -> None:
        if self._task is None:
            return
        if self.recorder.end is End.COMPLETE:
            # All is read, and what is left is to hand the connection on.
            await asyncio.wait({self._task}, timeout=_HANDS_ON_S)
        self._task.cancel()
        # Not awaited itself, lest its cancellation be taken for that of the caller.
        await asyncio.wait({self._task})

    async def _until(
        self,
        condition: Callable[[], bool],
        seconds: float,
        cancel: asyncio.Event | None = None,
        *,
        exactly: bool = False,
    ) -> None:
        began = self._wire.now()
        while not condition():
            now = self._wire.now()
            # Time in which we could not have noticed an answer is no patience.
            late_s = 0.0 if exactly else self._wire.late_s(began, now)
            left = began + seconds + min(late_s, seconds * _MOST_LATE) - now
            if left <= 0:
                return
            self._news.clear()
            waits = [asyncio.ensure_future(self._news.wait())]
            if cancel is not None:
                waits.append(asyncio.ensure_future(cancel.wait()))
            if self._task is not None:
                watched: set[asyncio.Future[Any]] = {*waits, self._task}
            else:
                watched = set(waits)
            try:
                await asyncio.wait(
                    watched, timeout=left, return_when=asyncio.FIRST_COMPLETED
                )
            finally:
                for wait in waits:
                    wait.cancel()

    async def _run(self, request: httpx.Request) -> None:
        recorder, wire = self.recorder, self._wire
        kept = await wire.take_kept(self._keeps, http2=self._http2, trial=self._trial)
        try:
            if kept is None or not await self._on_kept(kept, request):
                await self._on_own(request)
        except _HeldBackError as error:
            recorder.finish(None, wire.now(), Failure.NOT_SENT, str(error))
        except Exception as error:  # noqa: BLE001 - what the network does is data
            failure, detail = classify(error), describe(error)
            if failure is Failure.OWN_SHORTAGE:
                wire.short(detail)
            recorder.h2_error = h2_error(error)
            if failure is Failure.PROXY_REFUSED and detail.startswith("429"):
                wire.braked = True
            end = body_end(failure) if recorder.status is not None else None
            recorder.finish(end, wire.now(), failure, detail)
        self._news.set()

    async def _on_own(self, request: httpx.Request) -> None:
        """Send it on a connection of its own."""
        carrier = self._wire.carrier(
            self._network, http2=self._http2, may_keep=self._keeps != "no"
        )
        try:
            await self._carried(carrier, request)
        finally:
            await self._give_back(carrier)

    async def _on_kept(self, kept: Carrier, request: httpx.Request) -> bool:
        """Send it on a kept connection; False where no byte of an answer came.

        A server may close a connection at the moment at which it is used again, and one
        that reads a single request of each shows it by the first that is tried.
        """
        wire, recorder = self._wire, self.recorder
        self._network = kept.network
        kept.network.renew(self._host_after)
        recorder.connection, recorder.reused = kept.label, True
        within_s = wire.kept.trial_s if self._trial else None
        try:
            await self._carried(kept, request, within_s)
        except (TimeoutError, httpcore.NetworkError, httpcore.ProtocolError):
            # One that had ended while it waited was opened anew, and counts in full.
            answered = recorder.status is not None or kept.network.raw_head
            if answered or not recorder.reused:
                raise
            if self._trial:
                await wire.kept.give_up()
            recorder.restart(wire.now())
            return False
        finally:
            await self._give_back(kept)
            if recorder.status is None:
                self._network = self._new_network()
                self._network.host_after = self._host_after
        return True

    async def _carried(
        self, carrier: Carrier, request: httpx.Request, within_s: float | None = None
    ) -> None:
        """Send it and read the answer; the head must come within that time."""
        recorder, wire = self.recorder, self._wire
        async with asyncio.timeout(within_s) as trial:
            self._trying = trial
            response = await carrier.transport.handle_async_request(request)
            trial.reschedule(None)
            async with contextlib.aclosing(response):
                self._network.budget.whole = True
                recorder.head(response, wire.now(), time.time())
                if recorder.reused:
                    # The head shows it, however the body ends.
                    wire.kept.state = "works"
                wire.wall.learn(recorder.session_id)
                if response.status_code == 429:
                    wire.limited_by(self)
                self._news.set()
                await self._read(response)

    async def _give_back(self, carrier: Carrier) -> None:
        """Let the next request have the connection, or close it."""
        head = carrier.network.raw_head
        self.recorder.raw_head = lambda: head
        carrier.label = self.recorder.connection
        # What it carries from now on is not ours to reset.
        self._network = self._new_network()
        await self._wire.kept.give_back(carrier, self.recorder)

    async def _read(self, response: httpx.Response) -> None:
        recorder, wire = self.recorder, self._wire
        turn_s = began_s = wire.now()
        async for whole in response.aiter_raw():
            arrived_s = wire.now()
            recorder.arrived(whole, arrived_s)
            for start in range(0, len(whole), _SLICE_BYTES):
                recorder.parse(whole[start : start + _SLICE_BYTES], arrived_s)
                if wire.now() - turn_s > _TURN_S:
                    self._news.set()
                    await asyncio.sleep(0)
                    turn_s = wire.now()
            self._news.set()
            allowed = FLOOD_BURST + FLOOD_A_SECOND * (arrived_s - began_s)
            if recorder.body_bytes > BODY_LIMIT or recorder.items > allowed:
                recorder.finish(
                    End.LIMITED, wire.now(), None, "stopped reading an endless body"
                )
                return
        framed = (
            response.http_version == "HTTP/2"
            # RFC 9112, 6.3: these have no body, whatever their headers say.
            or response.status_code in (101, 204, 304)
            or "content-length" in response.headers
            or "chunked" in response.headers.get("transfer-encoding", "").lower()
        )
        recorder.finish(End.COMPLETE if framed else End.CLOSED, wire.now())

    async def _trace(self, name: str, _info: dict[str, Any]) -> None:
        if name.endswith(".send_request_headers.started"):
            if self._wire.braked and not self._even_braked:
                raise _HeldBackError(self._wire.held_back)
            if not self.recorder.connection:
                self.recorder.reused = True
        if name == "connection.connect_tcp.started" and self._trying is not None:
            # One that was kept had ended while it waited: this is no trial any more.
            self._trying.reschedule(None)
        if name == "connection.connect_tcp.complete":
            self.recorder.connection = self._wire.connection()
            self.recorder.reused = False
        if name.endswith(".send_request_body.complete"):
            self.recorder.sent(self._wire.now())
        kinds = {
            "connection.connect_tcp.complete": "tcp.connected",
            "connection.start_tls.complete": "tls.done",
            "http11.send_request_body.complete": "request.sent",
            "http2.send_request_body.complete": "request.sent",
        }
        if name in kinds:
            self.recorder.note(kinds[name], self._wire.now())
