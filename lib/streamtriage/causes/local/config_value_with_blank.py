"""The cause `config-value-with-blank`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import ANY, cause
from streamtriage.causes.client_config import judge_mistakes
from streamtriage.causes.explains import local
from streamtriage.model import CauseId, Citation, Fix
from streamtriage.model.message import say

if TYPE_CHECKING:
    from streamtriage.causes.judgement import Judgement
    from streamtriage.observations.case import Case

__all__ = ["config_value_with_blank"]


@cause(
    owner="client",
    scope="account/auth",
    impact="fatal",
    eras=ANY,
    look_alike=CauseId("token-expired-no-provider"),
    shown_by="machine",
    explains=(local("outer-blank", "newline-in-value", "elsewhere"),),
    fixes=(
        Fix(
            where="the file or shell that holds the token",
            what="Store the token without a line break or blank around it.",
            paste="export NAME=\"$(tr -d '[:space:]' < token-file)\"",
            verify="handshake",
        ),
    ),
    citations=(
        Citation(source="RFC 9110, 5.5: a field value has no line break"),
        Citation(source="claude-code CHANGELOG 2.1.219"),
    ),
)
def config_value_with_blank(case: Case) -> Judgement:
    """A header or address has a line break or a blank at its edge."""
    return judge_mistakes(
        case,
        "outer-blank",
        "newline-in-value",
        right=say("config-value-with-blank"),
    )
