"""What a preflight says: policy, checks, tries, one result for each server."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from streamtriage.model import (
    CauseId,
    Fix,
    Impact,
    Layer,
    Noun,
    Owner,
    Report,
    Scope,
    Status,
    Tool,
)
from streamtriage.model.message import Message

__all__ = [
    "PREFLIGHT_VERSION",
    "Check",
    "CheckResult",
    "Decision",
    "Judged",
    "Policy",
    "Preflight",
    "Result",
    "Server",
    "Try",
    "Unknown",
]

PREFLIGHT_VERSION = "1.0"

Result = Literal["pass", "fail", "unknown", "tool-fault"]
CheckResult = Literal["pass", "warn", "fail", "unknown", "not asked"]
Decision = Literal["fails", "allowed", "warns"]
Unknown = Literal["report", "pass", "fail"]


class Policy(Noun):
    """Which causes fail the build, which are put up with and why, and what of unknown.

    `fail_on` holds the words `present`, `suspected`, `cosmetic` and names of causes.
    `allow` maps the names of causes to the reason that somebody gave.
    """

    fail_on: tuple[str, ...] = ("present",)
    allow: dict[str, str] = Field(default_factory=dict)
    unknown: Unknown = "report"


class Judged(Noun):
    """One cause that is present or suspected, and what the policy makes of it."""

    cause: CauseId
    title: str
    status: Status
    impact: Impact
    layer: Layer
    owner: Owner
    scope: Scope
    because: str
    message: Message | None = None
    settle: str = ""
    decision: Decision
    reason: str
    fix: Fix | None = None


class Check(Noun):
    """One layer: pass only where something was seen to work; unknown is never fine."""

    name: str
    question: str
    result: CheckResult
    says: str
    message: Message | None = None
    causes: tuple[CauseId, ...] = ()


class Try(Noun):
    """One whole run of the probes against one server."""

    number: int
    result: Result
    took_s: float
    causes: tuple[CauseId, ...] = ()
    summary: str


class Server(Noun):
    """What one server came to; the last try decides, and every try is listed.

    `report` is that of the last try, as `streamtriage judge` reads it.
    """

    url: str
    name: str = ""
    result: Result
    says: str
    checks: tuple[Check, ...] = ()
    causes: tuple[Judged, ...] = ()
    tries: tuple[Try, ...] = ()
    not_known: tuple[str, ...] = ()
    report: Report | None = None

    @property
    def intermittent(self) -> bool:
        """True when tries against one server came to different results."""
        return len({each.result for each in self.tries}) > 1

    def decided(self, decision: Decision) -> tuple[Judged, ...]:
        return tuple(each for each in self.causes if each.decision == decision)


class Preflight(Noun):
    """All servers, the policy that judged them, and the exit code that follows."""

    preflight_version: str = PREFLIGHT_VERSION
    tool: Tool
    taken_at: datetime
    took_s: float = 0.0
    policy: Policy = Field(default_factory=Policy)
    servers: tuple[Server, ...] = ()
    rehearsal: bool = False
    """True where the lab played the server: nothing here is about a real one."""
    result: Result
    exit_code: int
