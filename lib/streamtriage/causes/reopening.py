"""Whether a stream that was refused another time may be had later."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from streamtriage.model import Exchange
    from streamtriage.observations.case import Case

__all__ = ["is_refused_for_good", "retry_after"]


def is_refused_for_good(case: Case) -> bool:
    """Tell whether nothing says that a refused reopening may work later.

    A refusal that says when to come back is one for a while, and so is one after which
    the place came free while it was watched.
    """
    freed = case.second is not None and case.second.freed_s is not None
    refused = (a.get for r in case.reopenings for a in r.refused)
    return not freed and not any(retry_after(seen) for seen in refused)


def retry_after(seen: Exchange) -> str:
    """Return what a refusal says of when to come back; empty where it does not."""
    return seen.headers.get("retry-after", "").strip()
