"""What was refused over HTTP/2, as clients that speak HTTP/1.1 meet it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from streamtriage.model import (
        Attempt,
        Exchange,
        HoldEvidence,
        OpenEvidence,
        ReopenEvidence,
        Reopening,
    )

__all__ = ["as_http1"]


def as_http1(
    opened: OpenEvidence | None,
    hold: HoldEvidence | None,
    reopen: ReopenEvidence | None,
) -> tuple[OpenEvidence | None, HoldEvidence | None, ReopenEvidence | None]:
    """Return the evidence with each repeated GET in the place of the refused one."""
    return (
        opened
        and opened.model_copy(update={"live": _heard(opened.live, opened.live_http1)}),
        hold and _hold(hold),
        reopen
        and reopen.model_copy(
            update={
                "after_close": _reopening(reopen.after_close),
                "after_vanish": _reopening(reopen.after_vanish),
            }
        ),
    )


def _heard(get: Exchange | None, again: Exchange | None) -> Exchange | None:
    return again if again is not None and again.answered else get


def _hold(hold: HoldEvidence) -> HoldEvidence:
    watches = tuple(
        each.model_copy(update={"reopening": _reopening(each.reopening)})
        for each in hold.watches
    )
    return hold.model_copy(update={"watches": watches})


def _reopening(seen: Reopening | None) -> Reopening | None:
    if seen is None:
        return None
    attempts = tuple(map(_attempt, seen.attempts))
    return seen.model_copy(update={"attempts": attempts})


def _attempt(tried: Attempt) -> Attempt:
    return tried.model_copy(update={"get": _heard(tried.get, tried.http1)})
