"""What the causes conclude, and the report that holds everything."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, model_validator

from streamtriage.model.access import AuthEvidence, GuardEvidence
from streamtriage.model.intake import Intake, Signature, Target
from streamtriage.model.machine import LocalEvidence
from streamtriage.model.streams import (
    BugEvidence,
    DelayEvidence,
    EraEvidence,
    HandshakeEvidence,
    HoldEvidence,
    LifetimeEvidence,
    ListenEvidence,
    OpenEvidence,
    ReopenEvidence,
    ReplicasEvidence,
    ResumeEvidence,
    SecondEvidence,
    SessionEvidence,
)
from streamtriage.model.versions import refuse_newer
from streamtriage.model.vocabulary import (
    SCHEMA_VERSION,
    Era,
    Impact,
    Layer,
    Noun,
    Outcome,
    Owner,
    Scope,
    Status,
)
from streamtriage.model.way import (
    ControlEvidence,
    FingerprintEvidence,
    ProviderEvidence,
    ProxyEvidence,
    ReachEvidence,
    RedirectEvidence,
    TlsEvidence,
)

__all__ = [
    "Citation",
    "Evidence",
    "Finding",
    "Fix",
    "PredictedText",
    "Report",
    "Tool",
    "Verdict",
]


Evidence = Annotated[
    ReachEvidence
    | TlsEvidence
    | RedirectEvidence
    | ProxyEvidence
    | ControlEvidence
    | ProviderEvidence
    | EraEvidence
    | HandshakeEvidence
    | OpenEvidence
    | HoldEvidence
    | ReopenEvidence
    | LifetimeEvidence
    | DelayEvidence
    | ListenEvidence
    | FingerprintEvidence
    | AuthEvidence
    | GuardEvidence
    | SessionEvidence
    | ReplicasEvidence
    | SecondEvidence
    | ResumeEvidence
    | LocalEvidence
    | BugEvidence,
    Field(discriminator="probe"),
]


class Citation(Noun):
    """Where a fact comes from, and how sure it is.

    Grades: V read in source or documentation, L measured, I a field report, R recalled.
    """

    source: str
    grade: Literal["V", "L", "I", "R"] = "V"


class Fix(Noun):
    """Where to change what, as text to paste, and the probe that verifies it."""

    where: str
    what: str
    paste: str = ""
    verify: str = ""


class Finding(Noun):
    """One cause judged, with the sentence that carries the numbers."""

    cause: str
    title: str
    status: Status
    because: str
    settle: str = ""
    owner: Owner
    scope: Scope
    layer: Layer
    impact: Impact
    rests_on: tuple[str, ...] = ()
    look_alike: str = ""
    fixes: tuple[Fix, ...] = ()
    citations: tuple[Citation, ...] = ()


class PredictedText(Noun):
    """The exact lines that each reference client would log for what the probes saw.

    `story` says which observation was replayed. `reproduced` names the clients whose
    prediction holds the pasted text. The two of `h2` are what Node from 26 on logs,
    which speaks HTTP/2; empty where that is the same.
    """

    story: str = ""
    v1_node: tuple[str, ...] = ()
    v1_bun: tuple[str, ...] = ()
    v2_node: tuple[str, ...] = ()
    v1_node_h2: tuple[str, ...] = ()
    v2_node_h2: tuple[str, ...] = ()
    reproduced: tuple[str, ...] = ()


class Verdict(Noun):
    """The answer: two halves, whose it is, whether it matters, and the next test."""

    outcome: Outcome
    cut: str
    reopen: str
    causes: tuple[str, ...] = ()
    suspected: tuple[str, ...] = ()
    impact: Impact = "unknown"
    owner: Owner | None = None
    scope: Scope | None = None
    summary: str
    not_measured: tuple[str, ...] = ()
    reproduced: bool = False
    next_test: str = ""


class Tool(Noun):
    """Which build of this tool wrote the report."""

    name: str = "streamtriage"
    version: str


class Report(Noun):
    """All of it; `streamtriage judge` computes findings and verdict again from this."""

    schema_version: str = SCHEMA_VERSION
    tool: Tool
    taken_at: datetime
    took_s: float = 0.0
    intake: Intake
    signature: Signature
    target: Target
    era: Era
    evidence: tuple[Evidence, ...] = ()
    findings: tuple[Finding, ...] = ()
    verdict: Verdict
    predicted_text: PredictedText
    interrupted: bool = False
    ended_by: Literal["", "person", "deadline"] = ""
    """Who ended it before it was complete: the person, or its own deadline."""
    rehearsal: bool = False
    """True where the lab played the server: nothing here is about a real one."""

    @model_validator(mode="before")
    @classmethod
    def _known(cls, content: object) -> object:
        return refuse_newer(content, "schema_version", SCHEMA_VERSION)
