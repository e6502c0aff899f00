"""The cause `client-bodytimeout-300s`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import cause
from streamtriage.causes.client_timers import KEEP_ALIVE, judge_client_limit
from streamtriage.causes.explains import local
from streamtriage.model import CauseId, Citation

if TYPE_CHECKING:
    from streamtriage.causes.judgement import Judgement
    from streamtriage.observations.case import Case

__all__ = ["client_bodytimeout_300s"]


@cause(
    owner="client",
    scope="local runtime",
    impact="degraded",
    look_alike=CauseId("lb-idle-60s"),
    shown_by="machine",
    reported_as=(
        "client-idle-timeout",
        "silent-stream",
    ),
    issues=(
        "anthropics/claude-code#20335",
        "anthropics/claude-code#3033",
    ),
    explains=(local("log-limit"),),
    basis="inferred",
    fixes=(KEEP_ALIVE,),
    citations=(
        Citation(source="undici, lib/dispatcher/client.js, bodyTimeout 300e3"),
        Citation(source="lab, 301.4 s, 2026-11-22", grade="L"),
        Citation(source="https://github.com/anthropics/claude-code/issues/20335"),
    ),
)
def client_bodytimeout_300s(case: Case) -> Judgement:
    """Node ends a stream by itself after 300 s without a byte."""
    return judge_client_limit(case, 300.0, 306.0, "node", "Node")
