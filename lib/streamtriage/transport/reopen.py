"""Opening a stream again as the reference client would, and what that says."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Literal

from streamtriage.model import Attempt, Exchange, Failure, Reopening
from streamtriage.transport.mcp_session import Session

if TYPE_CHECKING:
    from streamtriage.transport.requester import LiveResponse

__all__ = ["GLANCE_S", "LONGEST_S", "over_http1", "read_head", "reopen"]

# Long enough to see a stream that ends as soon as it opens, short enough not to matter.
GLANCE_S = 0.3
# A `retry` may ask for years. So long is waited for it, unless a caller says otherwise.
LONGEST_S = 10.0
# One refusal cannot tell a lost session from one replica of several.
_REPEATS = 3


def phrase_is_lost(get: Exchange) -> bool:
    """Tell whether a client on HTTP/1.1 would print more of this refusal than we see.

    HTTP/2 has no reason phrase (RFC 9113, 8.3.2). 405 is never printed.
    """
    refused = get.answered and not get.accepted and get.status != 405
    return refused and get.http_version == "HTTP/2"


async def read_head(
    live: LiveResponse, patience_s: float, glance_s: float = GLANCE_S
) -> None:
    """Wait for the head; then glance at a stream, or read the whole refusal."""
    if not await live.head(patience_s):
        return
    if live.recorder.media_type == "text/event-stream":
        await live.watch(glance_s)
    else:
        await live.read_answer(2.0)


async def over_http1(
    session: Session, label: str, get: Exchange, patience_s: float
) -> Exchange | None:
    """Repeat a GET that was refused over HTTP/2 by HTTP/1.1; None where it was not.

    Only an `https` server that picked HTTP/2 is ever spoken to in HTTP/2, so this asks
    it for its other protocol; a server without one is an exchange that failed.
    """
    if not phrase_is_lost(get) or not await session.wire.still_answers(get.sent_at_s):
        return None
    if session.wire.braked:
        return None
    live = await session.get(f"{label}, over HTTP/1.1", http1_only=True)
    await read_head(live, patience_s)
    await live.close()
    return live.exchange()


async def reopen(  # noqa: PLR0913 - one reopening has this many independent bounds
    session: Session,
    first: Exchange,
    ended_by: Literal["client-fin", "client-rst", "server"],
    moments: tuple[float, ...],
    patience_s: float,
    *,
    longest_s: float = LONGEST_S,
    glance_s: float = GLANCE_S,
    cancel: asyncio.Event | None = None,
) -> Reopening:
    """Try again at each moment (seconds from now) until one try is accepted.

    A try that is refused over HTTP/2 is made over HTTP/1.1 as well, for its words.
    A moment beyond `longest_s` is not waited for, and the try recorded as not sent. A
    stream is looked at for `glance_s`.
    `cancel` keeps what was seen and asks nothing more.
    """
    zero = session.wire.now()
    attempts: list[Attempt] = []
    for moment in moments:
        if moment > longest_s:
            attempts.append(_not_waited_for(session, moment))
            return Reopening(ended_by=ended_by, first=first, attempts=tuple(attempts))
        await _sleep(zero + moment - session.wire.now(), cancel)
        if cancel is not None and cancel.is_set():
            return Reopening(ended_by=ended_by, first=first, attempts=tuple(attempts))
        live = await session.get(f"GET again at +{moment:g} s")
        await read_head(live, patience_s, glance_s)
        await live.close()
        get = live.exchange()
        again = await over_http1(
            session, f"GET again at +{moment:g} s", get, patience_s
        )
        attempts.append(Attempt(after_s=moment, get=get, http1=again))
        if attempts[-1].get.accepted or session.wire.braked:
            break
    if attempts and attempts[-1].get.accepted:
        return Reopening(ended_by=ended_by, first=first, attempts=tuple(attempts))
    posts, fresh = await _after_refusal(session)
    return Reopening(
        ended_by=ended_by,
        first=first,
        attempts=tuple(attempts),
        posts=posts,
        fresh=fresh,
    )


def _not_waited_for(session: Session, moment: float) -> Attempt:
    """Record a try that a client would make too late for us to make it, too."""
    get = Exchange(
        label=f"GET again at +{moment:g} s ({session.purpose})",
        method="GET",
        session="live",
        opened_for=session.purpose,
        started_s=round(session.wire.now(), 4),
        failure=Failure.NOT_SENT,
        failure_detail="the server's `retry` asks a client to wait longer than this "
        "tool waits",
    )
    return Attempt(after_s=moment, get=get)


async def _sleep(seconds: float, cancel: asyncio.Event | None) -> None:
    if cancel is None:
        await asyncio.sleep(max(0.0, seconds))
    elif seconds > 0:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(cancel.wait(), seconds)


async def _after_refusal(
    session: Session,
) -> tuple[tuple[Exchange, ...], Exchange | None]:
    """Ask whether the session still lives, and whether a new one can be had."""
    posts = [(await session.post()).exchange()]
    refused = posts[0].answered and not posts[0].accepted
    while refused and len(posts) <= _REPEATS:
        posts.append((await session.post()).exchange())
    anew = Session(session.wire, f"{session.purpose}, anew")
    fresh = await anew.initialize()
    await anew.end()
    session.responses.extend(anew.responses)
    return tuple(posts), fresh.exchange()
