"""The cause `config-sse-url-as-http`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import ANY, cause
from streamtriage.causes.client_config import config_mistakes, say_mistakes
from streamtriage.causes.explains import local
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.model import CauseId, Citation, Fix
from streamtriage.model.message import say
from streamtriage.wording import answer

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["config_sse_url_as_http"]


@cause(
    owner="client",
    scope="local runtime",
    impact="fatal",
    eras=ANY,
    look_alike=CauseId("get-not-implemented-404"),
    shown_by="machine",
    remedies=("speak-sse",),
    issues=("anthropics/claude-code#54131",),
    explains=(local("sse-url-as-http", "elsewhere"),),
    fixes=(
        Fix(
            where="the client's MCP configuration",
            what="Name the older transport, or use the server's newer address.",
            paste='"type": "sse"',
            verify="handshake",
        ),
    ),
    citations=(
        Citation(source="MCP 2025-11-25, basic/transports, Backwards Compatibility"),
        Citation(source="worldmonitor#1848", grade="I"),
    ),
)
def config_sse_url_as_http(case: Case) -> Judgement:
    """An address of the older SSE transport is configured as Streamable HTTP."""
    found = config_mistakes(case, "sse-url-as-http")
    if found is None:
        return unknown(say("config-sse-url-as-http.unknown"))
    if not found[0]:
        return absent(say("config-sse-url-as-http.absent"), "local")
    if case.speaks_old:
        return absent(
            say("config-sse-url-as-http.absent.the-client-speaks-http"), "local"
        )
    first = case.handshake.initialize if case.handshake else None
    if first is not None and first.accepted:
        return absent(
            say(
                "config-sse-url-as-http.absent.the-address-ends-in",
                answer=answer(first),
            ),
            "local",
            "handshake",
        )
    if first is not None and first.status in (404, 405, 400):
        return present(
            say(
                "config-sse-url-as-http.present",
                said=say_mistakes(found[0]),
                answer=answer(first),
            ),
            "local",
            "handshake",
        )
    return suspected(
        say_mistakes(found[0]), say("config-sse-url-as-http.suspected.settle"), "local"
    )
