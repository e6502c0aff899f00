"""Which intermediaries the responses show; absence of a trace proves nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.knowledge.cuts import limits_near
from streamtriage.knowledge.fingerprints import traces
from streamtriage.model.message import say

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streamtriage.model import Exchange, Owner
    from streamtriage.model.message import Text
    from streamtriage.observations.case import Case

__all__ = ["HOP_STATUSES", "hops", "suspects", "unseen", "whose"]

# RFC 9110, 15.6.3 and 15.6.5: only who acts as a gateway answers 502 and 504; the
# others are Cloudflare's own for an origin that fails.
HOP_STATUSES = (502, 504, 520, 521, 522, 523, 524, 525, 526, 530)


def hops(exchanges: Iterable[Exchange]) -> tuple[str, ...]:
    """Return the names of the intermediaries that left a trace, as they were found."""
    return tuple(row.says for row in traces(exchanges))


def whose(case: Case) -> Owner:
    """Return who owns what a hop does as well as a server, by whether a hop is seen."""
    reach = case.reach
    host = reach.host if reach is not None else ""
    tls = reach.tls if reach is not None else None
    seen = traces(case.exchanges, host, tls.issuer if tls is not None else "")
    forwarded = case.proxy is not None or (reach is not None and reach.proxy)
    return "proxy" if seen or forwarded else "server or a hop before it"


def unseen(case: Case, for_example: Text) -> Text:
    """Return the sentence that names both where no hop is seen; else nothing."""
    if whose(case) == "proxy":
        return ""
    return say("hops.unseen", for_example=for_example)


def suspects(case: Case, limit_s: float) -> Text:
    """Name who is known for this limit, and whom the headers show on the way."""
    known = limits_near(limit_s)
    seen = ", ".join(hops(case.exchanges))
    by_time = say("stream-life.suspects.by-time", known=known) if known else ""
    by_header = say("stream-life.suspects.by-header", seen=seen) if seen else ""
    return by_time + by_header
