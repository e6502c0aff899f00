"""The cause `max-sessions-503`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import ComesAndGoes, cause
from streamtriage.causes.explains import refused
from streamtriage.causes.judgement import Judgement, absent, present, unknown
from streamtriage.model import CauseId, Citation, Exchange, Fix
from streamtriage.model.message import say
from streamtriage.model.observation import Phase
from streamtriage.wording import answer, quoted, text_of

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["max_sessions_503"]


@cause(
    owner="server",
    scope="quota/rate",
    impact="fatal",
    look_alike=CauseId("gateway-blocks-get"),
    comes_and_goes=ComesAndGoes("by lot", "sessions of others end by themselves"),
    explains=(refused(range(400, 600), at=(Phase.GREET, Phase.REOPEN, Phase.SESSION)),),
    fixes=(
        Fix(
            where="a Python server",
            what="Allow more sessions, and give up idle ones sooner.",
            paste="server.streamable_http_app(max_sessions=50_000,\n"
            "                           session_idle_timeout=600)",
            verify="handshake",
        ),
        Fix(
            where="the clients",
            what="End sessions that are no longer needed.",
            paste="await transport.terminateSession()  // DELETE",
            verify="handshake",
        ),
    ),
    citations=(
        Citation(source="mcp 2.3.0 streamable_http_manager.py:297: max_sessions"),
    ),
)
def max_sessions_503(case: Case) -> Judgement:
    """The server has as many sessions as it allows, and opens no other."""
    if case.handshake is None or case.handshake.initialize is None:
        return unknown(say("max-sessions-503.unknown"))
    full = [seen for seen in case.exchanges if _full(case, seen)]
    if not full:
        return absent(say("max-sessions-503.absent"), "handshake")
    first = full[0]
    alone = case.concurrent.other_alone if case.concurrent is not None else None
    if alone is not None and alone.accepted and "too many open" not in text_of(first):
        return absent(say("max-sessions-503.absent.there-is-room-for"), "concurrent")
    greeting = case.handshake.initialize
    if not greeting.accepted:
        return present(
            say("max-sessions-503.present", answer=answer(first), first=quoted(first)),
            "handshake",
        )
    return present(
        say(
            "max-sessions-503.present.the-first-session-could",
            label=first.label,
            answer=answer(first),
            first=quoted(first),
        ),
        "handshake",
        "hold",
    )


_FULL = ("too many", "maximum", "max_sessions", "max sessions", "limit", "capacity")


def _full(case: Case, seen: Exchange) -> bool:
    """Tell whether an `initialize` was refused because of how many sessions there are.

    A 429 counts requests, whatever its words.
    """
    if seen.accepted or seen.status in (None, 401, 403, 429):
        return False
    text = text_of(seen)
    if seen.status == 503 and "too many open" in text:
        return True
    greets = case.role_of(seen).opens
    return greets and "session" in text and any(word in text for word in _FULL)
