"""What was advertised or begun, and then not done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.model.observation import Kind, Phase
from streamtriage.model.roles import Role
from streamtriage.observations.finder import finds, observe_exchange
from streamtriage.observations.sequence import STREAM_GETS, own
from streamtriage.observations.upstreams import empty_lists, failed_upstreams

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamtriage.model import Exchange
    from streamtriage.model.observation import Observation
    from streamtriage.model.roles import Asked
    from streamtriage.observations.case import Case

__all__ = ["issued_ids", "shares_session"]

# A resumed stream that ended so soon and empty brought nothing of what was missed.
_AT_ONCE_S = 1.0
_SESSION = "mcp-session-id"
# A stream has shown that it stays open once it lived for this long.
_HELD_S = 1.0


@finds(Kind.BROKEN_PROMISE)
def find_broken_promises(case: Case) -> Iterator[Observation]:
    """Yield resumed streams that bring nothing, and streams that nobody can write to.

    A server that gives out event ids promises to take them back; one without sessions
    that opens a stream cannot know whom a message is for.
    """
    yield from _not_resumed(case)
    yield from _cannot_carry(case)
    yield from _second_was_hidden(case)
    yield from _nothing_behind(case)
    yield from _shared(case)


def issued_ids(case: Case) -> list[tuple[str, Asked]]:
    """Return the label of the session that each `initialize` got, in their order.

    An id is redacted to a label, the same for the same id.
    """
    greeted = (each for each in case.asked if each.role.greets)
    pairs = ((each.exchange.headers.get(_SESSION, ""), each) for each in greeted)
    return [(label, each) for label, each in pairs if label and each.exchange.accepted]


def shares_session(case: Case) -> bool:
    """Tell whether two clients got one session: what one does, the other meets."""
    labels = [label for label, _ in issued_ids(case)]
    return len(set(labels)) < len(labels)


def _shared(case: Case) -> Iterator[Observation]:
    """Yield each `initialize` that got a session which another one has."""
    known: set[str] = set()
    for label, each in issued_ids(case):
        if label in known:
            yield observe_exchange(
                Kind.BROKEN_PROMISE, each, Phase.GREET, detail="shared-session"
            )
        known.add(label)


def _not_resumed(case: Case) -> Iterator[Observation]:
    resume = case.resume
    if resume is None or (resume.source == "post" and not resume.expected):
        return
    for each in own(case):
        if each.role is Role.RESUME and _empty(each.exchange):
            yield observe_exchange(
                Kind.BROKEN_PROMISE,
                each,
                Phase.RESUME,
                after_s=each.exchange.lived_s,
                detail="not-resumed",
            )


def _empty(seen: Exchange) -> bool:
    ended = seen.end is not None and seen.end.natural and seen.end.clean
    brief = (seen.lived_s or 0.0) < _AT_ONCE_S
    return seen.is_event_stream and ended and brief and not seen.events


def _cannot_carry(case: Case) -> Iterator[Observation]:
    handshake = case.handshake
    if handshake is None or not handshake.revision or handshake.session_issued:
        return
    streams = [s for s in case.gets if s.is_event_stream]
    if any(seen.events for seen in streams):
        return
    for each in own(case):
        seen = each.exchange
        held = seen.is_event_stream and (seen.lived_s or 0.0) >= _HELD_S
        if each.role in STREAM_GETS and held:
            yield observe_exchange(
                Kind.BROKEN_PROMISE,
                each,
                Phase.HELD,
                after_s=seen.lived_s,
                detail="nobody-to-write-to",
            )


def _second_was_hidden(case: Case) -> Iterator[Observation]:
    """Yield a stream that is given beside an open one only to be ended at once."""
    second = case.second
    if second is None or second.beside is None or not second.first_went_on:
        return
    if not _empty(second.beside) or second.freed_s == 0:
        return
    for each in case.asked:
        if each.exchange is second.beside:
            yield observe_exchange(
                Kind.BROKEN_PROMISE,
                each,
                Phase.REOPEN,
                natural=False,
                after_s=second.beside.lived_s,
                detail="second-stream-hidden",
            )


def _nothing_behind(case: Case) -> Iterator[Observation]:
    """Yield an empty list of a gateway that says itself that its upstream failed."""
    post = case.handshake.post if case.handshake else None
    for each in own(case):
        listed = each.exchange is post and post.worked and empty_lists(post)
        if listed and failed_upstreams(each.exchange):
            yield observe_exchange(
                Kind.BROKEN_PROMISE, each, Phase.POST, detail="no-upstream"
            )
