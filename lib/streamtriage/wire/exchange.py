"""Sends HTTP requests, each on a fresh connection, and times what returns."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import json
import ssl
import time
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import certifi
import httpcore
import httpx

from streamtriage import __version__
from streamtriage.model import End, Event, Exchange, Failure, SessionKind, Target
from streamtriage.redaction import Redactor
from streamtriage.wire.failures import body_end, classify, describe, h2_error
from streamtriage.wire.lateness import Lateness
from streamtriage.wire.messages import SESSION_HEADER, VERSION_HEADER
from streamtriage.wire.network import Network, Transport
from streamtriage.wire.recorder import Recorder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pydantic import SecretStr

__all__ = ["LiveResponse", "Wire", "trust"]

# An endless body is read this far and no farther.
BODY_LIMIT = 32 * 1024 * 1024
REPLY_LIMIT = 1024 * 1024
ACCEPT_BOTH = "application/json, text/event-stream"
ACCEPT_STREAM = "text/event-stream"
# However late we are ourselves, a wait ends after so many times its length more.
_MOST_LATE = 3
_HELD_BACK = "held back: the server had answered 429"


def trust(ca_file: str | None) -> ssl.SSLContext:
    """Return the trust of a Node client: Mozilla's roots and one extra file.

    Raises OSError or ssl.SSLError if the file cannot be read as certificates.
    """
    context = ssl.create_default_context(cafile=certifi.where())
    if ca_file:
        context.load_verify_locations(cafile=ca_file)
    return context


class _Traffic:
    """What has been sent on every way out of one triage, and the brake on all."""

    def __init__(self) -> None:
        self.braked = False
        self.sent = 0
        self.live: set[LiveResponse] = set()

    def add(self, live: LiveResponse) -> None:
        self.sent += 1
        self.live -= {each for each in self.live if each.finished}
        self.live.add(live)

    def apart(self) -> _Traffic:
        """Return the traffic with another server: its 429 is no word of ours."""
        other = _Traffic()
        other.live = self.live
        return other


class Wire:
    """The one way out of this tool: to one target, on one clock, with one brake.

    After any 429 nothing more is sent; only a request whose head has gone out by then
    can still arrive. Moments are seconds since `Wire` was made. `answer_patience_s` is
    for a whole answer, `head_patience_s` for a connection or a response head alone.
    """

    def __init__(
        self,
        target: Target,
        *,
        answer_patience_s: float = 10.0,
        head_patience_s: float = 5.0,
    ) -> None:
        self.target = target
        self.answer_patience_s = answer_patience_s
        self.head_patience_s = head_patience_s
        self._proxy = httpx.URL(target.proxy) if target.proxy else None
        # Shared with every way aside: what one of them learns, all of them hide.
        self._hidden = list(_secrets(target, self._proxy))
        self._redactor = Redactor(self._hidden)
        self._hides = len(self._hidden)
        self._zero = time.monotonic()
        self.lateness = Lateness()
        self._ssl = trust(target.ca_file)
        self._traffic = _Traffic()

    def hide(self, session_id: str | None) -> None:
        """Hide a session id wherever a server's text repeats it, from now on.

        A hostile server that issues ids without end is not followed without end.
        """
        if session_id is None or session_id in self._hidden:
            return
        if len(session_id) <= 512 and len(self._hidden) < 100:
            self._hidden.append(session_id)

    @property
    def redactor(self) -> Redactor:
        """Return what hides every secret that is known by now."""
        if self._hides != len(self._hidden):
            self._redactor = Redactor(self._hidden)
            self._hides = len(self._hidden)
        return self._redactor

    @property
    def trusted(self) -> ssl.SSLContext:
        """Return the authorities that the client would trust."""
        return self._ssl

    @property
    def braked(self) -> bool:
        return self._traffic.braked

    @braked.setter
    def braked(self, value: bool) -> None:
        self._traffic.braked = value

    @property
    def sent(self) -> int:
        return self._traffic.sent

    def aside(
        self,
        *,
        url: str | None = None,
        direct: bool = False,
        bare: bool = False,
        authorization: SecretStr | None = None,
    ) -> Wire:
        """Return a way to another URL of the server, or past the proxy to the same.

        Brake and clock are shared. `bare` leaves out every header that the person
        gave, secrets with them; `authorization` replaces their credential.
        """
        changes: dict[str, object] = {}
        if url is not None:
            changes["url"] = url
        if direct:
            changes["proxy"] = None
        if bare:
            changes["headers"] = {}
        if authorization is not None:
            given = self.target.headers.items()
            kept = {n: v for n, v in given if n.lower() != "authorization"}
            changes["headers"] = {**kept, "Authorization": authorization}
        other = copy.copy(self)
        other.target = self.target.model_copy(update=changes)
        other._proxy = None if direct else self._proxy  # noqa: SLF001 - our own kind
        return other

    def elsewhere(self, url: str, *, direct: bool = False) -> Wire:
        """Return a bare way to another server, with a brake of its own."""
        other = self.aside(url=url, direct=direct, bare=True)
        other._traffic = self._traffic.apart()  # noqa: SLF001 - our own kind
        return other

    @cached_property
    def _http1_ssl(self) -> ssl.SSLContext:
        return trust(self.target.ca_file)

    def now(self) -> float:
        return time.monotonic() - self._zero

    def late_s(self, start_s: float, end_s: float) -> float:
        """Return by how much this program itself was late between two moments."""
        return self.lateness.between(start_s + self._zero, end_s + self._zero)

    async def open(  # noqa: PLR0913 - one request has this many independent parts
        self,
        label: str,
        *,
        method: str = "GET",
        session: SessionKind = "none",
        session_id: str | None = None,
        revision: str | None = None,
        body: dict[str, Any] | None = None,
        accept: str | None = None,
        extra: dict[str, str] | None = None,
        without: frozenset[str] = frozenset(),
        elsewhere: str | None = None,
        http1_only: bool = False,
    ) -> LiveResponse:
        """Send one request and return at once; `LiveResponse` says what comes back.

        `extra` headers go over the person's own, and those named in `without` (lower
        case) are left out. `elsewhere` is another URL than the target's: nothing that
        the person gave is ever sent there. `http1_only` does not offer HTTP/2.
        """
        recorder = Recorder(label, method, session, self.now(), self.late_s)
        live = LiveResponse(self, recorder, http2=not http1_only)
        if self.braked:
            recorder.finish(None, self.now(), Failure.NOT_SENT, _HELD_BACK)
            return live
        headers = self._headers(session_id, revision, extra, private=elsewhere is None)
        headers = {n: v for n, v in headers.items() if n not in without}
        content = None
        if body is not None:
            headers["content-type"] = "application/json"
            recorder.expects_reply = "id" in body and "method" in body
            content = json.dumps(body).encode()
        headers["accept"] = accept or (ACCEPT_STREAM if body is None else ACCEPT_BOTH)
        self._traffic.add(live)
        live.start(
            httpx.Request(
                method,
                elsewhere or self.target.url,
                # fetch, too, sends back what it received as Latin-1 unchanged.
                headers=[(n.encode(), v.encode("latin-1")) for n, v in headers.items()],
                content=content,
            )
        )
        return live

    async def close(self) -> None:
        """End whatever is still open, so that no stream of ours outlives the triage."""
        for live in tuple(self._traffic.live):
            await live.close(End.CANCELLED)

    async def ask(  # noqa: PLR0913
        self,
        label: str,
        *,
        method: str = "POST",
        session: SessionKind = "none",
        session_id: str | None = None,
        revision: str | None = None,
        body: dict[str, Any] | None = None,
        accept: str | None = None,
        extra: dict[str, str] | None = None,
        without: frozenset[str] = frozenset(),
        elsewhere: str | None = None,
        patience_s: float | None = None,
    ) -> LiveResponse:
        """Send one request, read its whole answer within bounds, and close."""
        live = await self.open(
            label,
            method=method,
            session=session,
            session_id=session_id,
            revision=revision,
            body=body,
            accept=accept,
            extra=extra,
            without=without,
            elsewhere=elsewhere,
        )
        await live.read_answer(patience_s or self.answer_patience_s)
        await live.close()
        return live

    def transport(self, network: Network, *, http2: bool = True) -> Transport:
        """Return what carries one exchange, through the target's proxy if it has one.

        It has no timer at all: a timer of ours near those that we measure would be
        measured instead. No client is laid over it, for that would follow a redirect
        in part, keep cookies, and log URLs.
        """
        proxy = self._proxy
        # httpcore sets what is offered on the context itself, which others share.
        context = self._ssl if http2 else self._http1_ssl
        if proxy is None:
            return Transport(
                httpcore.AsyncConnectionPool(
                    ssl_context=context,
                    http1=True,
                    http2=http2,
                    network_backend=network,
                )
            )
        return Transport(
            httpcore.AsyncHTTPProxy(
                str(proxy.copy_with(username=None, password=None)),
                proxy_auth=(proxy.username, proxy.password) if proxy.userinfo else None,
                ssl_context=context,
                proxy_ssl_context=context if proxy.scheme == "https" else None,
                http1=True,
                http2=http2,
                network_backend=network,
            )
        )

    def _headers(
        self,
        session_id: str | None,
        revision: str | None,
        extra: dict[str, str] | None,
        *,
        private: bool,
    ) -> dict[str, str]:
        headers = {
            "user-agent": f"streamtriage/{__version__}",
            # As Claude Code asks; a compressed stream is a question of its own.
            "accept-encoding": "identity",
            "connection": "keep-alive",
        }
        if session_id is not None:
            headers[SESSION_HEADER] = session_id
        if revision is not None:
            headers[VERSION_HEADER] = revision
        given = {n.lower(): v for n, v in self.target.headers.items()}
        if private:
            headers |= {n: v.get_secret_value() for n, v in given.items()}
        return headers | (extra or {})


def _secrets(target: Target, proxy: httpx.URL | None) -> Iterator[str]:
    yield from (value.get_secret_value() for value in target.headers.values())
    if target.second_authorization is not None:
        yield target.second_authorization.get_secret_value()
    if proxy is not None:
        yield from (proxy.password, proxy.userinfo.decode("ascii", "replace"))


class _HeldBackError(Exception):
    """The brake was pulled while this request was still connecting."""


class LiveResponse:
    """One response while it arrives; ended by the server, by `close` or by `vanish`."""

    def __init__(self, wire: Wire, recorder: Recorder, *, http2: bool = True) -> None:
        self._wire, self._http2 = wire, http2
        self.recorder = recorder
        self._network = Network()
        self._task: asyncio.Task[None] | None = None
        self._news = asyncio.Event()

    def start(self, request: httpx.Request) -> None:
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
        if self.finished:
            return
        if self.recorder.reply is not None or self.recorder.body_bytes > REPLY_LIMIT:
            end = End.LIMITED if self.recorder.reply is None else End.WATCHED
            self.recorder.finish(end, self._wire.now())
        else:
            self.give_up(f"no complete answer within {patience_s:g} s")

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
        """End it from our side by FIN; in HTTP/2 too, for no connection is shared."""
        self._end_record(end)
        await self._stop()

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
        return self.recorder.exchange(self._wire.redactor)

    @property
    def events(self) -> tuple[Event, ...]:
        return tuple(
            event.model_copy(
                update={
                    "detail": " ".join(
                        (
                            self._wire.redactor.text(event.detail)[:200],
                            f"[{self.recorder.label}]",
                        )
                    ).strip()
                }
            )
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
        try:
            async with wire.transport(self._network, http2=self._http2) as transport:
                response = await transport.handle_async_request(request)
                async with contextlib.aclosing(response):
                    recorder.head(response, wire.now(), time.time())
                    wire.hide(recorder.session_id)
                    if response.status_code == 429:
                        wire.braked = True
                    self._news.set()
                    await self._read(response)
        except _HeldBackError as error:
            recorder.finish(None, wire.now(), Failure.NOT_SENT, str(error))
        except Exception as error:  # noqa: BLE001 - what the network does is data
            failure, detail = classify(error), describe(error)
            recorder.h2_error = h2_error(error)
            if failure is Failure.PROXY_REFUSED and detail.startswith("429"):
                wire.braked = True
            end = body_end(failure) if recorder.status is not None else None
            recorder.finish(end, wire.now(), failure, detail)
        self._news.set()

    async def _read(self, response: httpx.Response) -> None:
        recorder, wire = self.recorder, self._wire
        async for piece in response.aiter_raw():
            recorder.data(piece, wire.now())
            self._news.set()
            if recorder.body_bytes > BODY_LIMIT:
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
        if self._wire.braked and name.endswith(".send_request_headers.started"):
            raise _HeldBackError(_HELD_BACK)
        kinds = {
            "connection.connect_tcp.complete": "tcp.connected",
            "connection.start_tls.complete": "tls.done",
            "http11.send_request_body.complete": "request.sent",
            "http2.send_request_body.complete": "request.sent",
        }
        if name in kinds:
            self.recorder.note(kinds[name], self._wire.now())
