"""One row for each target at each vantage point: what the table and the grid hold."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from streamtriage.model import (
    CauseId,
    HandshakeEvidence,
    HoldEvidence,
    Impact,
    Noun,
    Outcome,
    Owner,
    Report,
    Scope,
)

if TYPE_CHECKING:
    from streamtriage.fleet.targets import FleetTarget

__all__ = ["Row", "WhyUnknown", "row_of", "unanswered"]

WhyUnknown = Literal[
    "",
    "worker died",
    "no worker",
    "held back",
    "cannot be used",
    "crashed",
    "timed out",
]


class Row(Noun):
    """What became of one target at one vantage point.

    `why` says why nothing could be told; it is empty where there is a report, whose
    file lies at `report`, inside the run's folder, and has `report_bytes`. `digest` is
    what was asked.
    `answer_s` is the first answer to `initialize`, `lived_s` the shortest silent
    stream that ended by itself. `runs` counts how often it was begun.
    """

    name: str
    url: str
    vantage: str
    digest: str
    outcome: Outcome
    why: WhyUnknown = ""
    causes: tuple[CauseId, ...] = ()
    suspected: tuple[CauseId, ...] = ()
    impact: Impact = "unknown"
    owner: Owner | None = None
    scope: Scope | None = None
    summary: str
    cut: str = ""
    reopen: str = ""
    taken_at: datetime
    took_s: float = 0.0
    answer_s: float | None = None
    lived_s: float | None = None
    runs: Annotated[int, Field(ge=1)] = 1
    worker: str = ""
    report: str = ""
    report_bytes: int = 0

    @property
    def key(self) -> tuple[str, str]:
        """What there is exactly one row for."""
        return self.name, self.vantage

    @property
    def worth_asking_again(self) -> bool:
        """True where a resumed run asks again: nothing of the server was judged."""
        return bool(self.why)


def row_of(  # noqa: PLR0913 - the parts of a row
    target: FleetTarget,
    vantage: str,
    digest: str,
    report: Report,
    *,
    runs: int = 1,
    worker: str = "",
    path: str = "",
) -> Row:
    """Return the row of a report."""
    verdict = report.verdict
    return Row(
        name=target.name,
        url=report.target.url,
        vantage=vantage,
        digest=digest,
        outcome=verdict.outcome,
        causes=verdict.causes,
        suspected=verdict.suspected,
        impact=verdict.impact,
        owner=verdict.owner,
        scope=verdict.scope,
        summary=verdict.summary,
        cut=verdict.cut,
        reopen=verdict.reopen,
        taken_at=report.taken_at,
        took_s=report.took_s,
        answer_s=_answer_s(report),
        lived_s=_lived_s(report),
        runs=runs,
        worker=worker,
        report=path,
    )


def unanswered(  # noqa: PLR0913 - the parts of a row
    target: FleetTarget,
    vantage: str,
    digest: str,
    why: WhyUnknown,
    summary: str,
    *,
    runs: int = 1,
    worker: str = "",
) -> Row:
    """Return the row of a target that nothing could be told of."""
    return Row(
        name=target.name,
        url=target.url,
        vantage=vantage,
        digest=digest,
        outcome="tool-fault" if why == "crashed" else "could-not-tell",
        why=why,
        summary=summary,
        taken_at=datetime.now(UTC),
        runs=runs,
        worker=worker,
    )


def _answer_s(report: Report) -> float | None:
    greeted = (e for e in report.evidence if isinstance(e, HandshakeEvidence))
    first = next(greeted, None)
    seen = first.initialize if first is not None else None
    return seen.headers_s if seen is not None else None


def _lived_s(report: Report) -> float | None:
    ended = [
        watch.stream.lived_s
        for each in report.evidence
        if isinstance(each, HoldEvidence)
        for watch in each.watches
        if watch.stream.is_event_stream
        and watch.stream.end is not None
        and watch.stream.end.natural
        and watch.stream.lived_s is not None
    ]
    return min(ended, default=None)
