"""The cause `gateway-without-upstream`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import ANY, cause
from streamtriage.causes.explains import broken_promise
from streamtriage.causes.judgement import Judgement, absent, present, unknown
from streamtriage.model import CauseId, Citation, Fix
from streamtriage.model.message import say
from streamtriage.model.observation import Phase
from streamtriage.observations.upstreams import empty_lists, failed_upstreams
from streamtriage.wording import answer

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["gateway_without_upstream"]


@cause(
    owner="server",
    scope="deployment configuration",
    impact="fatal",
    eras=ANY,
    look_alike=CauseId("healthy"),
    explains=(broken_promise("no-upstream", at=(Phase.POST,)),),
    fixes=(
        Fix(
            where="the gateway's machine",
            what="Ask the server behind it at the address that the gateway is told to "
            "use.",
            paste="curl -i -X POST http://UPSTREAM/mcp -H 'Content-Type: "
            "application/json' -H 'Accept: application/json, text/event-stream' "
            '-d \'{"jsonrpc":"2.0","id":1,"method":"ping"}\'',
            verify="handshake",
        ),
    ),
    citations=(
        Citation(
            source="LiteLLM proxy 1.108.7 with its upstream down: tools/list 200, "
            "empty, _meta litellm.ai/server_outcomes",
            grade="L",
        ),
        Citation(source="MCP 2025-11-25, basic: _meta"),
    ),
)
def gateway_without_upstream(case: Case) -> Judgement:
    """A gateway answers with empty lists, and says that what is behind it failed."""
    post = case.handshake.post if case.handshake else None
    if post is None or not post.answered:
        return unknown(say("gateway-without-upstream.unknown"))
    if not post.worked:
        return absent(
            say("gateway-without-upstream.absent", answer=answer(post)), "handshake"
        )
    failed = failed_upstreams(post)
    if not failed:
        return absent(
            say("gateway-without-upstream.absent.the-answer-names-no"), "handshake"
        )
    named = tuple(
        say("gateway-without-upstream.named", name=name, state=state)
        for name, state in failed[:3]
    )
    empty = empty_lists(post)
    if not empty:
        return absent(
            say("gateway-without-upstream.absent.meta-says-but-the", named=named),
            "handshake",
        )
    return present(
        say(
            "gateway-without-upstream.present",
            label=post.label,
            answer=answer(post),
            join=" and no ".join(empty),
            named=named,
        ),
        "handshake",
    )
