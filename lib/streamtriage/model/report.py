"""What the causes conclude, and the report that holds everything."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, model_validator

from streamtriage.model.auth_evidence import AuthEvidence, GuardEvidence
from streamtriage.model.catalogue import completed, words_of
from streamtriage.model.credential import CredentialEvidence
from streamtriage.model.earlier import as_said_today
from streamtriage.model.follow_up import FollowUpEvidence
from streamtriage.model.intake import AskedAs, Intake, Signature, Target
from streamtriage.model.machine import LocalEvidence
from streamtriage.model.message import Message
from streamtriage.model.observation import Observation, ObservationId
from streamtriage.model.old_transport import HttpSseEvidence
from streamtriage.model.path_evidence import (
    ControlEvidence,
    FingerprintEvidence,
    ProviderEvidence,
    ProxyEvidence,
    ReachEvidence,
    RedirectEvidence,
    TlsEvidence,
)
from streamtriage.model.session_evidence import (
    AfterwardsEvidence,
    BugEvidence,
    ConcurrentEvidence,
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
    SilenceEvidence,
)
from streamtriage.model.versions import refuse_newer
from streamtriage.model.vocabulary import (
    SCHEMA_VERSION,
    Basis,
    CauseId,
    Era,
    GapKind,
    Impact,
    Layer,
    Noun,
    Outcome,
    Owner,
    ProbeId,
    Scope,
    Status,
    TextMatch,
)

__all__ = [
    "Citation",
    "ClientReaction",
    "Evidence",
    "Finding",
    "Fix",
    "ForWhom",
    "Gap",
    "PredictedText",
    "Report",
    "Tool",
    "Verdict",
    "VerdictMessages",
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
    | ConcurrentEvidence
    | OpenEvidence
    | HoldEvidence
    | HttpSseEvidence
    | ReopenEvidence
    | LifetimeEvidence
    | DelayEvidence
    | ListenEvidence
    | FingerprintEvidence
    | FollowUpEvidence
    | CredentialEvidence
    | AuthEvidence
    | GuardEvidence
    | SessionEvidence
    | ReplicasEvidence
    | SecondEvidence
    | ResumeEvidence
    | AfterwardsEvidence
    | SilenceEvidence
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
    """One cause judged, with the sentence that carries the numbers.

    `because` and `settle` are English; `message` and `settle_message` are the same as
    fields, from which they are said in any language. `explains` names the observations
    that it accounts for; `basis` is what it rests on: a probe, a table or a log, or
    only how a text is worded.
    """

    cause: CauseId
    title: str
    status: Status
    because: str
    settle: str = ""
    message: Message | None = None
    settle_message: Message | None = None
    owner: Owner
    scope: Scope
    layer: Layer
    impact: Impact
    rests_on: tuple[ProbeId, ...] = ()
    look_alike: CauseId = CauseId("")
    fixes: tuple[Fix, ...] = ()
    citations: tuple[Citation, ...] = ()
    explains: tuple[ObservationId, ...] = ()
    basis: Basis = "measured"

    @model_validator(mode="before")
    @classmethod
    def _looked_up(cls, data: object, info: ValidationInfo) -> object:
        """Look up what the catalogue says of the cause, where a text leaves it out."""
        # Who makes a finding by itself says all of it.
        if not isinstance(data, dict) or (info.mode != "json" and "title" in data):
            return data
        return {**words_of(data.get("cause")), **data}


class PredictedText(Noun):
    """The exact lines that each reference client would log for what the probes saw.

    `story` says which observation was replayed, in English; `message` is the same, to
    be said in any language. `reproduced` names the clients whose
    prediction holds the pasted text. The two of `h2` are what Node from 26 on logs,
    which speaks HTTP/2; empty where that is the same.
    """

    story: str = ""
    message: Message | None = None
    v1_node: tuple[str, ...] = ()
    v1_bun: tuple[str, ...] = ()
    v2_node: tuple[str, ...] = ()
    v1_node_h2: tuple[str, ...] = ()
    v2_node_h2: tuple[str, ...] = ()
    reproduced: tuple[str, ...] = ()


class Gap(Noun):
    """Something that this run could not see, and why.

    `watched_s` is the longest silence that was watched, in seconds, where the gap is
    about longer ones.
    """

    kind: GapKind
    says: str
    message: Message | None = None
    watched_s: float | None = None

    @classmethod
    def told(
        cls, kind: GapKind, message: Message, watched_s: float | None = None
    ) -> Gap:
        """Return a gap that says this message."""
        return cls(kind=kind, says=str(message), message=message, watched_s=watched_s)


class ClientReaction(Noun):
    """What the client that failed was measured to do after one fault that was seen.

    `measured` is its version that was measured, `situation` the fault, named as in the
    clients' rows. `again` is whether it asks for the stream again, with `waits_s`
    before each try; `tools` whether tools can still be called.
    """

    client: str
    version: str = ""
    measured: str
    situation: str
    again: str
    gets: int
    waits_s: tuple[float, ...] = ()
    session: str
    tools: Literal["left", "lost"]


class ForWhom(Noun):
    """Which measured clients keep their tools after one fault, and which lose them."""

    situation: str
    left: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()


class VerdictMessages(Noun):
    """The sentences of a verdict as fields: the same as its English texts say."""

    cut: Message | None = None
    reopen: Message | None = None
    summary: Message | None = None
    next_step: Message | None = None


class Verdict(Noun):
    """The answer: two halves, whose it is, whether it matters, and the next step.

    `causes` are present, the lead first; `lead` is that one and `also` the others.
    `unexplained` names the observations that weigh and that no cause present accounts
    for. `text_match` is how the pasted text stands to what was measured.
    `reactions` are what the client that failed does then; where nobody knows which one
    that was, `for_whom` says it of all that were measured.
    """

    outcome: Outcome
    cut: str
    reopen: str
    causes: tuple[CauseId, ...] = ()
    suspected: tuple[CauseId, ...] = ()
    lead: CauseId | None = None
    also: tuple[CauseId, ...] = ()
    unexplained: tuple[ObservationId, ...] = ()
    text_match: TextMatch = "none-given"
    impact: Impact = "unknown"
    owner: Owner | None = None
    scope: Scope | None = None
    summary: str
    gaps: tuple[Gap, ...] = ()
    reproduced: bool = False
    next_step: str = ""
    messages: VerdictMessages = VerdictMessages()
    reactions: tuple[ClientReaction, ...] = ()
    for_whom: tuple[ForWhom, ...] = ()

    @property
    def sound(self) -> bool:
        """True where nothing wrong was measured, whether or not an error was pasted."""
        return self.outcome in ("healthy", "not-reproduced")

    @model_validator(mode="before")
    @classmethod
    def _of_schema_1(cls, data: object) -> object:
        """Take a verdict of schema 1, whose gaps were sentences."""
        if not isinstance(data, dict) or "not_measured" not in data:
            return data
        kept = {k: v for k, v in data.items() if k not in ("not_measured", "next_test")}
        gaps = [{"kind": "other", "says": each} for each in data["not_measured"]]
        causes = list(data.get("causes", ()))
        return {
            **kept,
            "gaps": gaps,
            "next_step": data.get("next_test", ""),
            "lead": causes[0] if causes else None,
            "also": causes[1:],
        }


class Tool(Noun):
    """Which build of this tool wrote the report."""

    name: str = "streamtriage"
    version: str


class Report(Noun):
    """All of it; `streamtriage judge` computes findings and verdict again from this.

    `complete` is False for a verdict so far, and `interrupted` where a person ended the
    run. `rehearsal` says that the server was this tool's own lab. A report that was
    written names the causes that were not judged in `not_judged`, or has "*" there for
    every one without a finding; one that was read has a finding for each of them, as
    one that was just made.
    """

    schema_version: str = SCHEMA_VERSION
    tool: Tool
    taken_at: datetime
    took_s: float = 0.0
    intake: Intake
    signature: Signature
    target: Target
    asked_as: AskedAs = AskedAs()
    era: Era
    evidence: tuple[Evidence, ...] = ()
    findings: tuple[Finding, ...] = ()
    not_judged: tuple[str, ...] = ()
    verdict: Verdict
    predicted_text: PredictedText
    observations: tuple[Observation, ...] = ()
    interrupted: bool = False
    ended_by: Literal["", "person", "deadline"] = ""
    """Who ended it before it was complete: the person, or its own deadline."""
    complete: bool = True
    rehearsal: bool = False
    """True where the lab played the server: nothing here is about a real one."""

    @model_validator(mode="before")
    @classmethod
    def _known(cls, content: object) -> object:
        refuse_newer(content, "schema_version", SCHEMA_VERSION)
        return as_said_today(content)

    @model_validator(mode="after")
    def _complete(self, info: ValidationInfo) -> Report:
        # Who judges it anew has no use for what was judged.
        as_written = bool(info.context and info.context.get("as_written"))
        return self if as_written else completed(self)
