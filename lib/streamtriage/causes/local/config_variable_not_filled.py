"""The cause `config-variable-not-filled`."""

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

__all__ = ["config_variable_not_filled"]


@cause(
    owner="client",
    scope="local runtime",
    impact="fatal",
    eras=ANY,
    look_alike=CauseId("token-expired-no-provider"),
    shown_by="machine",
    explains=(local("variable-unset", "variable-not-expanded", "elsewhere"),),
    fixes=(
        Fix(
            where="the shell that starts the client",
            what="Set the variable before the client starts, or give it a default.",
            paste="export NAME=...",
            verify="handshake",
        ),
    ),
    citations=(CONFIG_DOCS, Citation(source="claude-code CHANGELOG 2.1.119")),
)
def config_variable_not_filled(case: Case) -> Judgement:
    """A variable in the entry is sent as it stands, or is not set."""
    return judge_mistakes(
        case,
        "variable-unset",
        "variable-not-expanded",
        right=say("config-variable-not-filled"),
    )
