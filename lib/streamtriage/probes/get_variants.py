"""The GET stream asked for with the live session, with none and with a made-up one."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import uuid
from typing import TYPE_CHECKING, Any, TypeVar

from streamtriage.model import Event, Exchange, OpenEvidence
from streamtriage.probes.context import Probe, answered
from streamtriage.protocol.messages import tools_list
from streamtriage.transport.http_library import httpx
from streamtriage.transport.mcp_session import Session, look_alike_id
from streamtriage.transport.reopen import over_http1, phrase_is_lost, read_head
from streamtriage.transport.requester import ACCEPT_BOTH

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine

    from streamtriage.transport.requester import LiveResponse, Wire

__all__ = ["PROBE", "run"]

A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")


async def run(
    wire: Wire,
    session: Session,
    *,
    head_patience_s: float | None = None,
    glance_s: float = 1.25,
    one_by_one: bool = False,
) -> OpenEvidence:
    """Ask for the stream in every way that tells its refusals apart.

    `one_by_one` needs a single connection, which is as quick where each answer comes at
    once and no stream is opened.

    Our own session is deleted at the end and asked for once more, because only the
    answer to a session that was ended is fixed by the specification (404).
    """
    patience_s = head_patience_s or wire.head_patience_s
    asker = _Asker(wire, session, patience_s, at_once=not one_by_one)
    if not session.opened:
        none = await asker.get("GET, no session", glance_s)
        return OpenEvidence(none=none, timeline=asker.timeline)
    live, without, (made_up, made_up_post, adopted) = await _all(
        asker.live("GET, live session", glance_s),
        asker.get("GET, no session") if session.id else _nothing(),
        asker.made_up() if session.id else _nothings(),
        at_once=not one_by_one,
    )
    facts: dict[str, Exchange | None] = {
        "live": live,
        "none": without,
        "made_up": made_up,
        "made_up_post": made_up_post,
        "adopted_post": adopted,
    }
    if live.answered and not live.accepted:
        # A server that the refusal has stopped must not be asked anything bolder.
        await wire.still_answers(live.sent_at_s)
    facts["live_http1"] = await asker.over_http1("GET, live session", live)
    brief = live.is_event_stream and live.end is not None and live.end.natural
    # 405 is for good; whatever else is refused may be a limit, or come and go.
    refused = not live.is_event_stream and live.status != 405
    if live.answered and (brief or refused):
        facts["again"] = await asker.live_again("GET once more, live session", glance_s)
    if live.status == 406:
        facts["accept_both"] = await asker.accepting_both()
    facts["post"] = await asker.post()
    facts |= await asker.ended()
    return OpenEvidence(**facts, timeline=asker.timeline)  # type: ignore[arg-type]


async def _all(
    first: Coroutine[Any, Any, A],
    second: Coroutine[Any, Any, B],
    third: Coroutine[Any, Any, C],
    *,
    at_once: bool,
) -> tuple[A, B, C]:
    """Wait for all of these, at once or one by one."""
    if not at_once:
        return await first, await second, await third
    a, b, c = await asyncio.gather(first, second, third)
    return a, b, c


async def _nothing() -> None:
    return None


async def _nothings() -> tuple[None, None, None]:
    return None, None, None


def _beside_caches(session: Session) -> Session:
    """Return the session under a URL of its own, where a cache is on the way.

    A cache may keep a 404 and give it to every other client (RFC 9110, 15.1). Under a
    query that nobody else uses it harms nobody, and shows itself when asked again.
    """
    seen = (live.exchange() for live in session.responses)
    if not any(not {"age", "x-cache"}.isdisjoint(each.headers) for each in seen):
        return session
    url = httpx.URL(session.wire.target.url)
    own = url.copy_add_param("streamtriage", uuid.uuid4().hex[:8])
    beside = copy.copy(session)
    beside.wire = session.wire.aside(url=str(own))
    return beside


class _Asker:
    """Sends the questions of this probe and keeps what came back."""

    def __init__(
        self, wire: Wire, session: Session, patience_s: float, *, at_once: bool
    ) -> None:
        self._wire, self._session, self._patience_s = wire, session, patience_s
        self._at_once = at_once
        self._seen: list[LiveResponse] = []
        self._beside = _beside_caches(session)

    @property
    def timeline(self) -> tuple[Event, ...]:
        events = [event for live in self._seen for event in live.events]
        return tuple(sorted(events, key=lambda event: event.at_s))

    async def live(self, text: str, glance_s: float = 0.3) -> Exchange:
        return await self._finish(await self._session.get(text), glance_s)

    async def over_http1(self, text: str, refused: Exchange) -> Exchange | None:
        if not phrase_is_lost(refused):
            return None
        async with self._anew("over HTTP/1.1") as session:
            return await over_http1(session, text, refused, self._patience_s)

    async def accepting_both(self) -> Exchange | None:
        async with self._anew("both types") as session:
            if not session.opened:
                return None
            text = "GET accepting both types, live session"
            response = await session.get(text, accept=ACCEPT_BOTH)
            await read_head(response, self._patience_s)
            await response.close()
            return response.exchange()

    @contextlib.asynccontextmanager
    async def _anew(self, purpose: str) -> AsyncIterator[Session]:
        """Open a session for one GET that differs: it is the first one in it.

        After a refused GET nothing bolder is sent in the same session: one server was
        stopped for everybody by that.
        """
        session = Session(self._wire, purpose)
        try:
            await session.open()
            yield session
        finally:
            await session.end()
            self._seen += session.responses

    async def live_again(self, text: str, glance_s: float) -> Exchange:
        response = await self._beside.get(text)
        return await self._finish(response, glance_s)

    async def get(self, text: str, glance_s: float = 0.3) -> Exchange:
        response = await self._session.get(text, session="none")
        return await self._finish(response, glance_s)

    async def made_up(self) -> tuple[Exchange, Exchange, Exchange | None]:
        invented = look_alike_id(self._session.id or "")
        get, (post, adopted), _ = await _all(
            self._made_up_get(invented),
            self._made_up_post(invented),
            _nothing(),
            at_once=self._at_once,
        )
        return get, post, adopted

    async def _made_up_get(self, invented: str) -> Exchange:
        response = await self._beside.get(
            "GET, made-up session", session="made-up", session_id=invented
        )
        return await self._finish(response, 0.3)

    async def _made_up_post(self, invented: str) -> tuple[Exchange, Exchange | None]:
        post = await self._wire.ask(
            "POST tools/list, made-up session",
            session="made-up",
            session_id=invented,
            revision=self._session.revision,
            body=tools_list(),
        )
        self._seen.append(post)
        return post.exchange(), await self._adopted(post, invented)

    async def _adopted(self, refusal: LiveResponse, sent: str) -> Exchange | None:
        """Use the id that came with a refusal, if one came that is not the sent one."""
        stray = refusal.recorder.session_id
        if refusal.exchange().accepted or stray is None or stray == sent:
            return None
        post = await self._wire.ask(
            "POST tools/list, id from a refusal",
            session="made-up",
            session_id=stray,
            revision=self._session.revision,
            body=tools_list(),
        )
        self._seen.append(post)
        return post.exchange()

    async def post(self) -> Exchange:
        response = await self._session.post()
        self._seen.append(response)
        return response.exchange()

    async def ended(self) -> dict[str, Exchange | None]:
        """End our session, then ask for it by GET and by POST."""
        gone = await self._session.end()
        if gone is None:
            return {}
        self._seen.append(gone)
        facts: dict[str, Exchange | None] = {"delete": gone.exchange()}
        if not gone.exchange().accepted:
            return facts
        facts["ended_get"], facts["ended_post"], _ = await _all(
            self._ended_get(), self._ended_post(), _nothing(), at_once=self._at_once
        )
        return facts

    async def _ended_get(self) -> Exchange:
        response = await self._beside.get(
            "GET, ended session", session="ended", session_id=self._session.id
        )
        return await self._finish(response, 0.3)

    async def _ended_post(self) -> Exchange:
        post = await self._wire.ask(
            "POST tools/list, ended session",
            session="ended",
            session_id=self._session.id,
            revision=self._session.revision,
            body=tools_list(),
        )
        self._seen.append(post)
        return post.exchange()

    async def _finish(self, response: LiveResponse, glance_s: float) -> Exchange:
        self._seen.append(response)
        await read_head(response, self._patience_s, glance_s)
        await response.close()
        return response.exchange()


PROBE = Probe(
    "open",
    "ask",
    "Opening the stream in every way that tells refusals apart",
    answered,
    lambda visit: run(
        visit.wire,
        visit.session,
        one_by_one=visit.has_no_stream and visit.is_quick,
    ),
    in_turn=True,
)
