"""A gateway that answers in place of a server it does not reach."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import ANY, cause
from streamtriage.causes.explains import broken_promise
from streamtriage.causes.judgement import Judgement, absent, present, unknown
from streamtriage.causes.words import answer
from streamtriage.model import Citation, Fix
from streamtriage.model.observation import Phase
from streamtriage.observations.upstreams import empty_lists, failed_upstreams

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["gateway_without_upstream"]


@cause(
    layer="http",
    owner="server",
    scope="deployment configuration",
    impact="fatal",
    eras=ANY,
    look_alike="healthy",
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
        return unknown("No list was asked for.")
    if not post.worked:
        return absent(f"The request was answered {answer(post)}.", "handshake")
    failed = failed_upstreams(post)
    if not failed:
        return absent("The answer names no upstream that failed.", "handshake")
    named = ", ".join(f"{name}: {state}" for name, state in failed[:3])
    empty = empty_lists(post)
    if not empty:
        return absent(
            f"`_meta` says {named}, but the lists are not empty.", "handshake"
        )
    return present(
        f"`{post.label}` was answered {answer(post)} with no {' and no '.join(empty)}, "
        f"and its `_meta` says {named}: the gateway works and the server behind it "
        "does not, so a client is connected and has nothing to use.",
        "handshake",
    )
