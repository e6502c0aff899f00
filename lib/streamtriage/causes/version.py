"""Causes in the revisions that the two sides speak."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import ANY, cause
from streamtriage.causes.explains import refused
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.causes.words import answer
from streamtriage.model import Citation, Fix
from streamtriage.model.observation import Phase
from streamtriage.observations.refused import speaks_legacy

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["modern_only_server"]


@cause(
    layer="version",
    owner="client",
    scope="local runtime",
    impact="fatal",
    eras=ANY,
    look_alike="gateway-blocks-get",
    explains=(refused(range(200, 500), at=(Phase.GREET,), details=("modern-only",)),),
    fixes=(
        Fix(
            where="the client (Claude Code shown)",
            what="Use a version that speaks revision 2026-07-28.",
            paste="claude update",
            verify="era",
        ),
        Fix(
            where="a TypeScript server",
            what="Serve older clients too, without sessions; `legacy: 'reject'` turns "
            "them away.",
            paste="createMcpHandler(createServer, { legacy: 'stateless' })",
            verify="handshake",
        ),
    ),
    citations=(
        Citation(source="MCP 2026-07-28, basic/versioning, Backward Compatibility"),
        Citation(source="@modelcontextprotocol/server 2.x, createMcpHandler `legacy`"),
    ),
)
def modern_only_server(case: Case) -> Judgement:
    """The server speaks only revision 2026-07-28, and the client an older one."""
    handshake = case.handshake
    if handshake is None or handshake.initialize is None:
        return unknown("No `initialize` was sent.")
    first = handshake.initialize
    if not handshake.modern_only:
        if not first.answered:
            return unknown(f"`initialize` got no answer ({answer(first)}).")
        return absent(f"`initialize` was answered {answer(first)}.", "handshake")
    offered = ", ".join(handshake.supported) or "newer revisions only"
    code = f" with error {first.jsonrpc_code}" if first.jsonrpc_code else ""
    told = (
        f"`initialize` was answered {answer(first)}{code}, and the server offers "
        f"{offered}"
    )
    legacy = speaks_legacy(case)
    if legacy is None:
        return suspected(
            f"{told}. Which revisions the client speaks was not said.",
            "Say which client and version you use, or paste its error.",
            "era",
            "handshake",
        )
    if not legacy:
        return absent(
            f"{told}. Nothing says that the client is one of an older revision.", "era"
        )
    return present(
        f"{told}; the client speaks older revisions only, so it can never connect.",
        "era",
        "handshake",
    )
