"""Who wrote a refusal: error pages of known intermediaries, and headers that differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.knowledge.fingerprints import author as gateway_of
from streamtriage.model.message import say

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streamtriage.model import Exchange
    from streamtriage.model.message import Text

__all__ = ["foreign_writer", "gateway_of"]

# Headers with which a server names itself on everything that it writes.
_NAMES = ("server", "x-powered-by")


def foreign_writer(seen: Exchange, accepted: Iterable[Exchange]) -> Text:
    """Return how a refusal names its writer otherwise than the server's own answers do.

    Empty where they agree or do not say: that proves nothing, for a proxy may put its
    name on everything that passes.
    """
    answers = [each for each in accepted if each.accepted]
    for header in _NAMES:
        own = {each.headers.get(header, "") for each in answers}
        here = seen.headers.get(header, "")
        if len(own) == 1 and here not in own:
            usual = own.pop()
            return (
                say("gateway.foreign-writer", header=header, here=here)
                if here
                else say(
                    "gateway.foreign-writer.it-lacks-the-of", header=header, usual=usual
                )
            )
    return ""
