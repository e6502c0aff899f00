"""The cause `bun-idle-360s`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import cause
from streamtriage.causes.client_timers import KEEP_ALIVE, judge_client_limit
from streamtriage.causes.explains import local
from streamtriage.model import CauseId, Citation

if TYPE_CHECKING:
    from streamtriage.causes.judgement import Judgement
    from streamtriage.observations.case import Case

__all__ = ["bun_idle_360s"]


@cause(
    owner="client",
    scope="local runtime",
    impact="degraded",
    look_alike=CauseId("client-bodytimeout-300s"),
    shown_by="machine",
    reported_as=(
        "client-idle-timeout",
        "silent-stream",
    ),
    issues=("anthropics/claude-code#93143",),
    explains=(local("log-limit"),),
    basis="inferred",
    fixes=(KEEP_ALIVE,),
    citations=(
        Citation(source="lab, Bun 1.4.5, 360.4 s, 2026-11-22", grade="L"),
        Citation(source="https://github.com/anthropics/claude-code/issues/93143"),
        Citation(source="openclaw#154101", grade="I"),
    ),
)
def bun_idle_360s(case: Case) -> Judgement:
    """Bun, and so a native Claude Code, ends a silent stream after 360 s."""
    return judge_client_limit(case, 360.0, 366.0, "bun", "Bun")
