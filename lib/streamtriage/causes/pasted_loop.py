"""What the pasted text tells of the client's own requests before a 429."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from streamtriage.model.message import say
from streamtriage.wording import counted

if TYPE_CHECKING:
    from streamtriage.model import Exchange
    from streamtriage.model.message import Text
    from streamtriage.observations.case import Case

__all__ = ["loop_told", "own_share"]

# A log line of one request, as httpx, curl -v, access logs and proxies write it.
_GET = re.compile(r"\bGET\b[^\n]{0,300}?\b([1-5]\d\d)\b(?![\d.:])[^\n]*")
_LIMITS = ("ratelimit-limit", "x-ratelimit-limit", "ratelimit-policy")
_LEFT = ("ratelimit-remaining", "x-ratelimit-remaining")


def loop_told(case: Case) -> Text:
    """Return that the client's GET was repeated after 405 until 429; empty if not.

    Both statuses must stand in the text, in this order, on lines of a GET.
    """
    statuses = [int(found[1]) for found in _GET.finditer(case.intake.error[:200_000])]
    if 405 not in statuses or 429 not in statuses[statuses.index(405) :]:
        return ""
    after = statuses[statuses.index(405) + 1 :]
    return say("pasted-loop.loop-told", times=counted(len(after), "time"))


def own_share(case: Case, until: Exchange) -> Text:
    """Return how many requests this tool itself had sent before one was limited."""
    sent = sum(each.exchange.started_s < until.started_s for each in case.asked)
    limit = _announced_limit(until)
    said = say("pasted-loop.own-share.said", limit=limit) if limit else ""
    return say("pasted-loop.own-share", requests=counted(sent, "request"), said=said)


def _announced_limit(seen: Exchange) -> str:
    """Return the limit that an answer announces; empty where it does not."""
    found = (seen.headers.get(name, "") for name in _LIMITS)
    return next((each for each in found if each), "")
