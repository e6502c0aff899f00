"""The cause `host-421`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import ANY, cause
from streamtriage.causes.explains import refused
from streamtriage.causes.header_guards import ALLOW_HOST, judge_host
from streamtriage.model import CauseId, Citation
from streamtriage.model.observation import Phase

if TYPE_CHECKING:
    from streamtriage.causes.judgement import Judgement
    from streamtriage.observations.case import Case

__all__ = ["host_421"]


@cause(
    owner="server",
    scope="deployment configuration",
    impact="fatal",
    eras=ANY,
    look_alike=CauseId("host-403"),
    reported_as=("host-validation",),
    explains=(refused(421, at=(Phase.GREET,)),),
    fixes=ALLOW_HOST,
    citations=(
        Citation(source="mcp 2.3.0 server/transport_security.py: Invalid Host header"),
        Citation(
            source="https://github.com/modelcontextprotocol/python-sdk/issues/1798"
        ),
        Citation(source="RFC 9110, 15.5.20: Misdirected Request"),
    ),
)
def host_421(case: Case) -> Judgement:
    """The server's guard does not allow the host name in the URL (421)."""
    return judge_host(case, 421)
