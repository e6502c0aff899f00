"""Reports of a sound server with some of its evidence replaced, really judged."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from causes import samples
from streamtriage.error_text.parse import parse
from streamtriage.model import (
    Attempt,
    Intake,
    PredictedText,
    Report,
    SecondEvidence,
    Signature,
    Target,
    Tool,
    Verdict,
)
from streamtriage.triage import judge_again

if TYPE_CHECKING:
    from streamtriage.model import Evidence

__all__ = ["HALF_OPEN", "KEPT", "half_open", "report"]

URL = "https://mcp.example/mcp"
CONFLICT = (
    "Failed to reconnect SSE stream: Streamable HTTP error: "
    "Failed to open SSE stream: Conflict"
)
_REFUSED = samples.refusal(409, reason="Conflict")
HALF_OPEN = samples.reopening(_REFUSED, _REFUSED, _REFUSED, posts=(samples.post(),))
# The place of a stream that vanished is still counted after 5 s.
KEPT = SecondEvidence(
    first=samples.stream(),
    beside=_REFUSED,
    tries=tuple(Attempt(after_s=at, get=_REFUSED) for at in (0.0, 1.0, 2.5, 5.0)),
)


def report(
    *changed: Evidence,
    without: tuple[str, ...] = (),
    kept: tuple[Evidence, ...] = (),
    **more: Any,
) -> Report:
    """Return the judged report of `samples.case`; `more` replaces its fields.

    `kept` is evidence that the sound case has not.
    """
    intake = more.pop("intake", Intake(url=URL, hold_s=3))
    bare = Report(
        tool=Tool(version="0"),
        taken_at=datetime(2026, 11, 23, 12, tzinfo=UTC),
        intake=intake,
        signature=parse(intake.error) if intake.error else Signature(),
        target=more.pop("target", Target(url=intake.url)),
        era="unknown",
        evidence=(*samples.case(*changed, without=without).evidence, *kept),
        verdict=Verdict(outcome="could-not-tell", cut="", reopen="", summary=""),
        predicted_text=PredictedText(),
    )
    return judge_again(bare.model_copy(update=more))


def half_open(**more: Any) -> Report:
    """Return the report of a server that still counts a stream that has ended."""
    vanished = HALF_OPEN.model_copy(update={"ended_by": "client-rst"})
    reopened = samples.reopen(HALF_OPEN, after_vanish=vanished)
    return report(reopened, kept=(KEPT,), **more)
