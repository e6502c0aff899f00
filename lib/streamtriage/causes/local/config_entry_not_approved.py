"""The cause `config-entry-not-approved`."""

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

__all__ = ["config_entry_not_approved"]


@cause(
    owner="client",
    scope="local runtime",
    impact="fatal",
    eras=ANY,
    look_alike=CauseId("config-entry-masked"),
    shown_by="machine",
    explains=(local("not-approved", "elsewhere"),),
    fixes=(
        Fix(
            where="the project's folder",
            what="Approve the server when Claude Code asks.",
            paste="claude mcp reset-project-choices",
            verify="handshake",
        ),
    ),
    citations=(CONFIG_DOCS, Citation(source="claude-code CHANGELOG 2.1.154")),
)
def config_entry_not_approved(case: Case) -> Judgement:
    """The project's entry was not approved in this folder, so it is not connected."""
    return judge_mistakes(case, "not-approved", right=say("config-entry-not-approved"))
