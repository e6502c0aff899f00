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

_DROPPED = (Failure.CLOSED, Failure.RESET)


def capacity_told(case: Case) -> Told | None:
    """Return what is said of a server that answered and then did not, or None."""
    asked = sorted(
        (seen for seen in case.exchanges if seen.session in ("live", "none")),
        key=lambda seen: seen.started_s,
    )
    return _gone(asked) or _one_session(case) or _busy(asked)


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


def _one_session(case: Case) -> Told | None:
    """Tell of a server that opened a session for us and then no other one."""
    refused = case.hold.refused if case.hold else ()
    said = next((seen for seen in refused if seen.jsonrpc_code is not None), None)
    if said is None or case.watches:
        return None
    return Told(
        say("capacity.one-session", answer=answer(said), said=quoted(said)),
        say("capacity.one-session.look-in-the-server"),
    )


def _busy(asked: list[Exchange]) -> Told | None:
    """Tell of a limit: the same method is taken in one moment, not in another."""
    for method in ("POST", "GET"):
        own = [seen for seen in asked if seen.method == method and _plain(seen)]
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


def _plain(seen: Exchange) -> bool:
    """True for what a sound server takes: no question that it may rightly refuse."""
    asks = seen.session == "live" and seen.status != 202
    return asks or seen.label.startswith("initialize")
