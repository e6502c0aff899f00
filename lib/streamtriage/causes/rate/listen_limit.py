"""The cause `listen-limit`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import ComesAndGoes, cause
from streamtriage.causes.explains import refused
from streamtriage.causes.judgement import Judgement, absent, present, unknown
from streamtriage.model import CauseId, Citation, Exchange, Fix
from streamtriage.model.message import say
from streamtriage.model.observation import Phase
from streamtriage.wording import answer

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["listen_limit"]


@cause(
    owner="server",
    scope="quota/rate",
    impact="degraded",
    eras=("dual", "modern"),
    look_alike=CauseId("rate-limit-429"),
    comes_and_goes=ComesAndGoes("by lot", "subscriptions of others end by themselves"),
    explains=(refused(200, 400, 429, 500, 503, at=(Phase.LISTEN,)),),
    fixes=(
        Fix(
            where="the server",
            what="Find the clients that open subscriptions and never close them; raise "
            "the limit only then.",
            paste="ListenHandler(bus, max_subscriptions=4096)",
            verify="listen",
        ),
    ),
    citations=(
        Citation(source="python-sdk 2.3.0 mcp/server/subscriptions.py, ListenHandler"),
    ),
)
def listen_limit(case: Case) -> Judgement:
    """The server has as many subscriptions as it allows, and refuses one more."""
    streams = case.listen.streams if case.listen is not None else ()
    if not streams:
        return unknown(say("listen-limit.unknown"))
    full = next((s for s in streams if _is_full(s)), None)
    if full is None:
        return absent(say("listen-limit.absent", answer=answer(streams[0])), "listen")
    return present(
        say(
            "listen-limit.present",
            answer=answer(full),
            jsonrpc_code=full.jsonrpc_code,
            jsonrpc_message=full.jsonrpc_message,
        ),
        "listen",
    )


def _is_full(seen: Exchange) -> bool:
    # The text of the TypeScript and Python SDKs; -32603 alone is any internal error.
    return "subscription limit reached" in seen.jsonrpc_message.lower()
