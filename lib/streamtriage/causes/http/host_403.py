"""The cause `host-403`."""

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

__all__ = ["host_403"]


@cause(
    owner="server",
    scope="deployment configuration",
    impact="fatal",
    eras=ANY,
    look_alike=CauseId("origin-403"),
    reported_as=("host-validation",),
    explains=(refused(403, at=(Phase.GREET,)),),
    fixes=ALLOW_HOST,
    citations=(
        Citation(
            source="typescript-sdk 1.30.0 src/server/webStandardStreamableHttp.ts:348"
        ),
        Citation(source="go-sdk v1.7.0 mcp/streamable.go:347"),
        Citation(source="rmcp 3.1.4 streamable_http_server/tower.rs:875"),
    ),
)
def host_403(case: Case) -> Judgement:
    """The server's guard does not allow the host name in the URL (403)."""
    return judge_host(case, 403)
