"""The cause `config-in-wrong-place`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import ANY, cause
from streamtriage.causes.client_config import WRITE_AS_WANTED, judge_mistakes
from streamtriage.causes.explains import local
from streamtriage.model import CauseId, Citation
from streamtriage.model.message import say

if TYPE_CHECKING:
    from streamtriage.causes.judgement import Judgement
    from streamtriage.observations.case import Case

__all__ = ["config_in_wrong_place"]


@cause(
    owner="client",
    scope="local runtime",
    impact="fatal",
    eras=ANY,
    look_alike=CauseId("config-entry-unusable"),
    shown_by="machine",
    remedies=("speak-http",),
    issues=(
        "anthropics/claude-code#32708",
        "anthropics/claude-code#59956",
    ),
    explains=(local("wrong-key", "wrong-file", "unreadable", "elsewhere"),),
    fixes=(WRITE_AS_WANTED,),
    citations=(
        Citation(source="https://code.claude.com/docs/en/debug-your-config"),
        Citation(source="https://github.com/anthropics/claude-code/issues/59956"),
    ),
)
def config_in_wrong_place(case: Case) -> Judgement:
    """The server stands in a file, or under a key, that the client does not read."""
    return judge_mistakes(
        case,
        "wrong-key",
        "wrong-file",
        "unreadable",
        right=say("config-in-wrong-place"),
    )
