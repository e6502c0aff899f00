"""The cause `origin-403`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.browsers import judge_other_client
from streamtriage.causes.cause import ANY, cause
from streamtriage.causes.explains import refused
from streamtriage.causes.judgement import Judgement, absent, present, unknown
from streamtriage.model import CauseId, Citation, Fix
from streamtriage.model.message import say
from streamtriage.model.observation import Phase
from streamtriage.wording import answer, quoted

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["origin_403"]

_TRANSPORTS = "MCP 2025-11-25, basic/transports"


@cause(
    owner="server",
    scope="deployment configuration",
    impact="fatal",
    eras=ANY,
    look_alike=CauseId("host-403"),
    explains=(refused(403, at=(Phase.GREET,), details=("browser",)),),
    fixes=(
        Fix(
            where="a Python server",
            what="Allow the origin of the page that the client runs in.",
            paste='TransportSecuritySettings(allowed_origins=["https://CLIENT-PAGE"])',
            verify="guard",
        ),
        Fix(
            where="MCP Inspector",
            what="Connect through its own proxy instead of directly.",
            paste="npx @modelcontextprotocol/inspector  # Connection type: Via Proxy",
            verify="guard",
        ),
    ),
    citations=(
        Citation(source=f"{_TRANSPORTS}, Security Warning: invalid Origin is 403"),
        Citation(
            source="mcp 2.3.0 server/transport_security.py: Invalid Origin header"
        ),
    ),
)
def origin_403(case: Case) -> Judgement:
    """The server does not allow the web origin that the client runs in."""
    guard = case.guard
    if guard is None or guard.origin is None:
        return judge_other_client(case)
    if guard.origin.status != 403:
        return absent(say("origin-403.absent", answer=answer(guard.origin)), "guard")
    without = guard.without_origin
    if without is None or not without.answered or without.status == 403:
        return absent(say("origin-403.absent.without-an-origin-it"), "guard")
    if not guard.origin_from:
        return unknown(say("origin-403.unknown"))
    return present(
        say(
            "origin-403.present",
            answer=answer(guard.origin),
            origin=quoted(guard.origin),
            answer_2=answer(without),
        ),
        "guard",
    )
