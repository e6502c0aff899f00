"""One session of HTTP+SSE (revision 2024-11-05): a stream, and POSTs to its endpoint.

MCP 2024-11-05, basic/transports, HTTP with SSE. The session is the stream: there is no
DELETE, and closing the stream ends it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urljoin, urlsplit, urlunsplit

from streamtriage.model import OldSession
from streamtriage.model.addresses import origin_of
from streamtriage.protocol.event_stream import EventStreamParser, StreamEvent
from streamtriage.protocol.messages import initialize, initialized, sendable, tools_list

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from streamtriage.model import Event, Exchange
    from streamtriage.model.addresses import Origin
    from streamtriage.transport.requester import LiveResponse, Wire

__all__ = ["OldTransportSession"]

# How often the stream is looked at while an event is waited for.
_LOOK_S = 0.02
# What is kept of messages: a sender without end must not fill our memory.
_MOST_MESSAGES = 50
# One refusal cannot tell a wrong endpoint from one process of several.
_REPEATS = 3


class OldTransportSession:
    """Opens the stream, greets over its endpoint, and keeps what was said.

    `patience_s` is how long an event on the stream may take.
    """

    def __init__(self, wire: Wire, purpose: str, patience_s: float) -> None:
        self.wire, self.purpose, self.patience_s = wire, purpose, patience_s
        self.stream: LiveResponse | None = None
        self.seen = OldSession()
        self.responses: list[LiveResponse] = []
        self._parser = EventStreamParser()
        self._read = 0
        self._messages: list[dict[str, Any]] = []
        self._endpoint = ""
        self._ids = 0
        self._revision: str | None = None

    @property
    def timeline(self) -> tuple[Event, ...]:
        events = (event for live in self.responses for event in live.events)
        return tuple(sorted(events, key=lambda event: event.at_s))

    @property
    def open(self) -> bool:
        return self.stream is not None and not self.stream.finished

    async def connect(self, label: str, cancel: asyncio.Event) -> bool:
        """Send the GET and wait for its `endpoint` event; False where none came."""
        live = await self.wire.open(
            f"{label} ({self.purpose})", opened_for=self.purpose
        )
        self.stream = live
        self.responses.append(live)
        if not await live.head(self.patience_s, cancel):
            return False
        if live.recorder.media_type != "text/event-stream":
            await live.read_answer(2.0)
            return False
        await self._until(lambda: bool(self._endpoint), cancel)
        return bool(self._endpoint)

    async def greet(self, cancel: asyncio.Event) -> None:
        """Send `initialize`, `notifications/initialized` and one harmless POST."""
        if self.seen.other_origin or not self._endpoint:
            return
        sent = await self._post("initialize", initialize())
        reply_s = await self._reply(sent, cancel)
        result = self._result()
        self._revision = sendable(result.get("protocolVersion"))
        self._take(
            initialize=sent.exchange(),
            initialize_s=reply_s,
            revision=self._revision or "",
        )
        status = sent.recorder.status
        if reply_s is None:
            if status is not None and status >= 400:
                await self._refused()
            return
        note = await self._post("notifications/initialized", initialized())
        post = await self._post("tools/list", tools_list())
        self._take(
            initialized=note.exchange(),
            post=post.exchange(),
            post_s=await self._reply(post, cancel),
        )

    async def use_after_end(self, ended_by: str) -> None:
        """POST once to the endpoint of a stream that is gone."""
        self._take(ended_by=ended_by)
        if self._endpoint and self.seen.initialize_s is not None:
            after = await self._post("tools/list, stream gone", tools_list())
            self._take(after=after.exchange())

    # --- private ----------------------------------------------------------------------

    async def _refused(self) -> None:
        """Tell why a POST to the endpoint is refused while its stream is open."""
        prefix = _prefix(self.wire.target.url, self._endpoint)
        if prefix:
            live = await self._post(
                "initialize, below the stream's own path", initialize(), at=prefix
            )
            self._take(prefixed=live.exchange())
        repeated = []
        for _ in range(_REPEATS):
            if self.wire.braked or not self.open:
                break
            live = await self._post("initialize, repeated", initialize())
            repeated.append(live.exchange())
        self._take(repeated=tuple(repeated))

    async def _post(
        self, label: str, body: dict[str, Any], at: str = ""
    ) -> LiveResponse:
        self._ids += 1
        if "id" in body:
            body = body | {"id": self._ids}
        # Another address of the same origin: what the person gave goes there too.
        way = self.wire.aside(url=at or self._endpoint)
        live = await way.ask(
            f"POST {label} ({self.purpose})",
            session="live",
            opened_for=self.purpose,
            revision=self._revision,
            body=body,
        )
        live.recorder.replied_elsewhere = True
        self.responses.append(live)
        return live

    async def _reply(self, sent: LiveResponse, cancel: asyncio.Event) -> float | None:
        """Wait for the response to the last request; return how long it took."""
        status = sent.recorder.status
        if status is None or not 200 <= status < 300:
            return None
        if sent.recorder.reply is not None:
            # Some servers answer in the POST, which clients do not read.
            return None
        await self._until(self._answered, cancel)
        if not self._answered():
            return None
        return round(self.wire.now() - sent.recorder.sent_at_s, 4)

    def _answered(self) -> bool:
        return any(str(each.get("id")) == str(self._ids) for each in self._messages)

    def _result(self) -> dict[str, Any]:
        found = (each.get("result") for each in self._messages)
        return next((each for each in found if isinstance(each, dict)), {})

    async def _until(self, there: Callable[[], bool], cancel: asyncio.Event) -> None:
        assert self.stream is not None
        until_s = self.wire.now() + self.patience_s
        while True:
            self._feed()
            left_s = until_s - self.wire.now()
            if there() or left_s <= 0 or self.stream.finished or cancel.is_set():
                return
            await self.stream.watch(min(_LOOK_S, left_s), cancel)

    def _feed(self) -> None:
        """Read what came on the stream since the last look."""
        assert self.stream is not None
        body = self.stream.recorder.body
        new, self._read = body[self._read :], len(body)
        for item in self._parser.feed(new):
            if not isinstance(item, StreamEvent) or not item.data:
                continue
            if item.kind == "endpoint" and not self._endpoint:
                self._named(item.data.strip())
            elif item.kind == "message" and len(self._messages) < _MOST_MESSAGES:
                self._messages += _message(item.data)

    def _named(self, said: str) -> None:
        """Take the address that the stream named; its session id is a secret."""
        assert self.stream is not None
        self._endpoint = urljoin(self.wire.target.url, said[:4096])
        for secret in _secrets(said):
            self.wire.wall.learn(secret)
        waited_s = self.wire.now() - self.stream.recorder.sent_at_s
        self._take(
            endpoint=self._endpoint,
            other_origin=_origin(self._endpoint) != _origin(self.wire.target.url),
            endpoint_s=round(waited_s, 4),
        )

    def _take(self, **facts: object) -> None:
        self.seen = self.seen.model_copy(update=facts)

    def watched(self) -> Exchange:
        assert self.stream is not None
        return self.stream.exchange()


def _message(data: str) -> list[dict[str, Any]]:
    try:
        parsed = json.loads(data)
    except (ValueError, RecursionError):
        return []
    return [parsed] if isinstance(parsed, dict) else []


def _origin(url: str) -> Origin:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "", "", 0
    return origin_of(parts.scheme, parts.hostname or "", port)


def _secrets(said: str) -> list[str]:
    """Return what in an endpoint names the session: parameters, or the last part."""
    try:
        parts = urlsplit(said)
    except ValueError:
        return []
    last = parts.path.rsplit("/", 1)[-1]
    values = [value for _, value in parse_qsl(parts.query)]
    opaque = any(char.isdigit() for char in last) and len(last) >= 8
    return [v for v in values if len(v) >= 4] + ([last] if opaque else [])


def _prefix(url: str, endpoint: str) -> str:
    """Return the endpoint below the path under which the stream was asked for.

    A server behind a proxy that takes a prefix away names its endpoint without it.
    Empty where the stream's path has no prefix, or the endpoint has the same one.
    """
    asked, named = urlsplit(url), urlsplit(endpoint)
    prefix = asked.path.rstrip("/").rpartition("/")[0]
    if not prefix or named.path.startswith(f"{prefix}/"):
        return ""
    return urlunsplit(named._replace(path=prefix + named.path))
