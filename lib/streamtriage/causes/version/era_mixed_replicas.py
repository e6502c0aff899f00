"""The cause `era-mixed-replicas`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import ANY, ComesAndGoes, cause
from streamtriage.causes.explains import refused
from streamtriage.causes.judgement import Judgement, absent, present, unknown
from streamtriage.model import CauseId, Citation, Fix
from streamtriage.model.message import say
from streamtriage.model.observation import Phase
from streamtriage.model.roles import Role
from streamtriage.wording import answer

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["era_mixed_replicas"]

_STARTS = (
    Role.INITIALIZE,
    Role.NEW_INITIALIZE,
    Role.SECOND_SESSION,
    Role.FRESH_SESSION,
)
_MODERN_ONLY = (-32020, -32021, -32022)


@cause(
    owner="server",
    scope="deployment configuration",
    impact="degraded",
    eras=ANY,
    look_alike=CauseId("modern-only-server"),
    comes_and_goes=ComesAndGoes("by lot", "each connection may reach any replica"),
    reported_as=("protocol-era-mix",),
    explains=(refused(400, at=(Phase.GREET, Phase.REOPEN, Phase.SESSION)),),
    fixes=(
        Fix(
            where="the deployment",
            what="Finish the roll-out, or have the new version serve older clients too "
            "until it is finished.",
            paste="createMcpHandler(server, { legacy: 'stateless' })",
            verify="hold",
        ),
    ),
    citations=(
        Citation(source="MCP 2026-07-28, basic/versioning"),
        Citation(source="@modelcontextprotocol/server 2.x, createMcpHandler `legacy`"),
    ),
)
def era_mixed_replicas(case: Case) -> Judgement:
    """Some replicas speak only revision 2026-07-28 and others an older one."""
    starts = [
        each.exchange
        for each in case.asked
        if each.role in _STARTS and each.exchange.answered
    ]
    if not starts:
        return unknown(say("era-mixed-replicas.unknown"))
    modern = [seen for seen in starts if seen.jsonrpc_code in _MODERN_ONLY]
    legacy = [seen for seen in starts if seen.accepted]
    sessions = len(case.watches) + len(case.own_reopenings)
    if not modern or not (legacy or sessions):
        return absent(say("era-mixed-replicas.absent"), "handshake")
    return present(
        say(
            "era-mixed-replicas.present",
            answer=answer(modern[0]),
            jsonrpc_code=modern[0].jsonrpc_code,
            n_modern=len(modern),
            n_legacy=max(len(legacy), 1),
        ),
        "handshake",
        "hold",
    )
