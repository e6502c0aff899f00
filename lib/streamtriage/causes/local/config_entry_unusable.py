"""The cause `config-entry-unusable`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import ANY, cause
from streamtriage.causes.client_config import (
    CONFIG_DOCS,
    WRITE_AS_WANTED,
    judge_mistakes,
)
from streamtriage.causes.explains import local
from streamtriage.model import CauseId, Citation
from streamtriage.model.message import say

if TYPE_CHECKING:
    from streamtriage.causes.judgement import Judgement
    from streamtriage.observations.case import Case

__all__ = ["config_entry_unusable"]

_LAB = Citation(source="lab, Claude Code 2.1.330, 2026-11-22", grade="L")


@cause(
    owner="client",
    scope="local runtime",
    impact="fatal",
    eras=ANY,
    look_alike=CauseId("config-in-wrong-place"),
    shown_by="machine",
    remedies=("speak-http",),
    explains=(local("type-missing", "type-unknown", "url-invalid", "elsewhere"),),
    fixes=(WRITE_AS_WANTED,),
    citations=(CONFIG_DOCS, _LAB),
)
def config_entry_unusable(case: Case) -> Judgement:
    """The server's entry lacks what the client needs, so it is skipped."""
    return judge_mistakes(
        case,
        "type-missing",
        "type-unknown",
        "url-invalid",
        right=say("config-entry-unusable"),
    )
