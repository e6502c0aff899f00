"""The cause `config-entry-masked`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import ANY, cause
from streamtriage.causes.client_config import CONFIG_DOCS, judge_mistakes
from streamtriage.causes.explains import local
from streamtriage.model import CauseId, Citation, Fix
from streamtriage.model.message import say

if TYPE_CHECKING:
    from streamtriage.causes.judgement import Judgement
    from streamtriage.observations.case import Case

__all__ = ["config_entry_masked"]


@cause(
    owner="client",
    scope="local runtime",
    impact="degraded",
    eras=ANY,
    look_alike=CauseId("config-entry-not-approved"),
    shown_by="machine",
    explains=(local("masked", "elsewhere"),),
    fixes=(
        Fix(
            where="Claude Code",
            what="Keep one entry of the name.",
            paste="claude mcp remove NAME --scope SCOPE",
            verify="handshake",
        ),
    ),
    citations=(CONFIG_DOCS, Citation(source="claude-code CHANGELOG 2.1.110")),
)
def config_entry_masked(case: Case) -> Judgement:
    """Another entry of the same name is used instead of this one."""
    return judge_mistakes(case, "duplicate-name", right=say("config-entry-masked"))
