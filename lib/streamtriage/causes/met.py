"""Which measured faults a case shows, and what the client that failed makes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.knowledge.client_folders import UnknownClientError
from streamtriage.knowledge.client_reactions import for_whom, reactions_of
from streamtriage.knowledge.client_requests import split_client
from streamtriage.model import ClientReaction, End, ForWhom
from streamtriage.model.observation import Phase

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamtriage.knowledge.client_reactions import Situation
    from streamtriage.model import Exchange
    from streamtriage.observations.case import Case

__all__ = ["client_of", "for_whom_met", "reactions_met", "situations_of"]

_GETS: dict[int, Situation] = {401: "get-401", 404: "get-404", 405: "get-405"}
_POSTS: dict[int, Situation] = {401: "post-401", 503: "post-503"}
# What harms nobody who was measured says nothing.
_HARMLESS = ("get-405",)


def client_of(case: Case) -> tuple[str, str]:
    """Return the client that failed and its version, each "" if nobody knows.

    Old reports say it only in what the person typed.
    """
    asked = case.asked_as
    if asked.client:
        return asked.client, asked.version
    typed = f"{case.intake.client} {case.intake.client_version}".strip()
    if asked.rows or not typed:
        return "", ""
    try:
        return split_client(typed)
    except UnknownClientError:
        return "", ""


def situations_of(case: Case) -> dict[Situation, Phase]:
    """Return the faults that were met, each with the phase in which it was.

    A status that no client was run against stands for the nearest: a refused first GET
    for 502, and so does a refused reopening.
    """
    return dict(_met(case))


def _met(case: Case) -> Iterator[tuple[Situation, Phase]]:
    for get in case.live_gets:
        if (get.status or 0) >= 400:
            yield _GETS.get(get.status or 0, "get-502"), Phase.OPEN
        elif get.is_event_stream:
            yield from _of_stream(get)
    if any(not each.recovered for each in case.reopenings if each.attempts):
        yield "reopening-502", Phase.REOPEN
    for post in case.posts:
        if post.status in _POSTS:
            yield _POSTS[post.status], Phase.POST
        elif post.status == 404 and post.session == "live":
            yield "session-lost", Phase.POST


def _of_stream(stream: Exchange) -> Iterator[tuple[Situation, Phase]]:
    if stream.primed:
        yield "priming-event", Phase.OPEN
    if stream.end is None or not stream.end.natural:
        return
    if stream.end in (End.RESET, End.TRUNCATED):
        yield "reset", Phase.HELD
    elif stream.retry_ms is not None:
        yield "retry", Phase.HELD
    else:
        yield "clean-end", Phase.HELD


def reactions_met(case: Case) -> tuple[ClientReaction, ...]:
    """Return what the client that failed does after each fault that was met."""
    client, version = client_of(case)
    rows = reactions_of(f"{client}@{version}") if client else None
    if rows is None:
        return ()
    return tuple(
        ClientReaction(
            client=client,
            version=version,
            measured=rows.key,
            situation=situation,
            again=after.again,
            gets=after.gets,
            waits_s=after.waits_s,
            session=after.session,
            tools=after.tools,
        )
        for situation in situations_of(case)
        if (after := rows.after.get(situation)) is not None
    )


def for_whom_met(case: Case) -> tuple[ForWhom, ...]:
    """Return for which clients a fault that was met is the end, and for which not.

    Nothing where the client is known, or where it is the same for all.
    """
    if client_of(case)[0]:
        return ()
    found = []
    for situation in situations_of(case):
        told = for_whom(situation)
        if situation not in _HARMLESS and told["lost"]:
            found.append(
                ForWhom(situation=situation, left=told["left"], lost=told["lost"])
            )
    return tuple(found)
