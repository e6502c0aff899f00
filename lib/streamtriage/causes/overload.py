"""A server that takes some requests and not others: too small, or gone meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.refusals import Told
from streamtriage.model import Failure
from streamtriage.model.message import say
from streamtriage.wording import answer, counted, quoted, seconds

if TYPE_CHECKING:
    from streamtriage.model import Exchange
    from streamtriage.observations.case import Case

__all__ = ["capacity_told"]

# One or two that were refused tell of themselves alone.
_LEAST = 3
_STRAY = 1
_TWICE = 2
_DROPPED = (Failure.CLOSED, Failure.RESET)


def capacity_told(case: Case) -> Told | None:
    """Return what is said of a server that answered and then did not, or None."""
    asked = [
        each.exchange
        for each in case.asked
        if each.role.own and each.exchange.session in ("live", "none")
    ]
    return (
        _gone(asked) or _one_session(case) or _turned(case, asked) or _busy(case, asked)
    )


def _gone(asked: list[Exchange]) -> Told | None:
    """Tell of a process that ended: connections are refused from some moment on."""
    refused = [seen for seen in asked if seen.failure is Failure.REFUSED]
    took = [seen for seen in asked if seen.answered]
    if not refused or not took or took[-1].started_s > refused[0].started_s:
        return None
    return Told(
        say(
            "capacity.gone",
            requests=counted(len(took), "request"),
            started_s=seconds(refused[0].started_s),
        ),
        say("capacity.gone.look-for-the-reason"),
    )


def _turned(case: Case, asked: list[Exchange]) -> Told | None:
    """Tell of a server that took everything, and from some moment on nothing at all.

    A session that is lost is refused as well; then a new one can be had.
    """
    known = [seen for seen in asked if seen.answered]
    good = [n for n, seen in enumerate(known) if _is_taken(seen)]
    last = good[-1] if good else len(known)
    after = known[last + 1 :]
    same = {seen.status for seen in after}
    greeted = any(case.role_of(seen).opens for seen in after)
    if len(good) < _LEAST or len(after) < _LEAST or len(same) != 1 or not greeted:
        return None
    if len(good) < last + 1 - _STRAY or same & {401, 429}:
        return None
    first = after[0]
    return Told(
        say(
            "capacity.turned",
            requests=counted(len(good), "request"),
            started_s=seconds(first.started_s),
            refused=counted(len(after), "request"),
            answer=answer(first),
            first=quoted(first),
        ),
        say("capacity.turned.look"),
    )


def _is_taken(seen: Exchange) -> bool:
    return seen.accepted or seen.status == 405


def _one_session(case: Case) -> Told | None:
    """Tell of a server that opened a session for us and then no other one."""
    refused = case.hold.refused if case.hold else ()
    said = next((seen for seen in refused if seen.jsonrpc_code is not None), None)
    said = said or _refused_since(case)
    if said is None or case.watches:
        return None
    return Told(
        say("capacity.one-session", answer=answer(said), said=quoted(said)),
        say("capacity.one-session.look-in-the-server"),
    )


def _refused_since(case: Case) -> Exchange | None:
    """Return the refusal that each `initialize` but the first one got, all alike."""
    greeted = [e.exchange for e in case.asked if e.role.greets and e.exchange.answered]
    later = greeted[1:]
    if len(later) < _TWICE or not greeted[0].accepted:
        return None
    alike = {seen.status for seen in later}
    otherwise = alike & {401, 403, 429, 503} or any(seen.accepted for seen in later)
    return None if otherwise or len(alike) > 1 else later[0]


def _busy(case: Case, asked: list[Exchange]) -> Told | None:
    """Tell of a limit: the same method is taken in one moment, not in another."""
    for method in ("POST", "GET"):
        own = [seen for seen in asked if seen.method == method and _plain(case, seen)]
        # What opens a session may be taken where nothing in it is.
        if method == "POST":
            own = [seen for seen in own if seen.session == "live"]
        took = [seen for seen in own if seen.accepted]
        full = [seen for seen in own if seen.status == 503 or _dropped(seen)]
        if took and full:
            return Told(
                say(
                    "capacity.busy",
                    n_took=len(took),
                    counted=counted(len(own), method),
                    answer=answer(full[0]),
                    full=quoted(full[0]),
                ),
                say("capacity.busy.look-for-such-a"),
            )
    return None


def _dropped(seen: Exchange) -> bool:
    """True when no head came; a stream that was cut later had been accepted."""
    return not seen.answered and seen.failure in _DROPPED


def _plain(case: Case, seen: Exchange) -> bool:
    """True for what a sound server takes: no question that it may rightly refuse."""
    asks = seen.session == "live" and seen.status != 202
    return asks or case.role_of(seen).opens
