"""One thing that was seen and that a sound server would not have shown."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, NewType

from streamtriage.model.roles import Role
from streamtriage.model.vocabulary import End, Failure, Noun, ProbeId

__all__ = ["Kind", "Observation", "ObservationId", "Phase", "Weight"]

ObservationId = NewType("ObservationId", str)


class Kind(StrEnum):
    """In which way something was outside of what a sound server may show."""

    NOT_REACHED = "not-reached"  # no connection, or none that a client would trust
    REFUSED = "refused"  # an answer outside the allowed set of its role
    UNANSWERED = "unanswered"  # no response head, or none in a client's patience
    LATE_HEAD = "late-head"  # later than the same server's plain answer
    LATE_BODY = "late-body"  # bytes that came later than their sender wrote them
    CUT = "cut"  # a stream that ended before its time
    FLAP = "flap"  # a stream that ended as soon as it was opened
    MALFORMED = "malformed"  # bytes, framing or messages that a client cannot take
    INCONSISTENT = "inconsistent"  # one question, two answers
    ALTERED = "altered"  # a hop changed what was sent or written
    BROKEN_PROMISE = "broken-promise"  # advertised, and not done
    TEXT_NOT_SEEN = "text-not-seen"  # the person's error did not come up
    LOCAL = "local"  # the person's own machine says it


class Weight(StrEnum):
    """What an observation means for the client's own sequence, heaviest first."""

    BLOCKING = "blocking"  # the own sequence cannot go on
    LOSING = "losing"  # it goes on, and something is lost
    LATENT = "latent"  # fails only after an event that did not happen now
    ODD = "odd"  # only a reader of logs notices

    @property
    def rank(self) -> int:
        """0 for the heaviest."""
        return _WEIGHTS.index(self)

    @property
    def counts(self) -> bool:
        """True where a server that shows it is not healthy."""
        return self is not Weight.ODD


_WEIGHTS = tuple(Weight)


class Phase(StrEnum):
    """Where on the way to a working stream it happened, earliest first."""

    LOCAL = "local"
    NAME = "name"
    NETWORK = "network"
    TLS = "tls"
    PROXY = "proxy"
    REDIRECT = "redirect"
    GREET = "greet"
    NOTIFY = "notify"
    POST = "post"
    OPEN = "open"
    HELD = "held"
    REOPEN = "reopen"
    RESUME = "resume"
    LISTEN = "listen"
    SESSION = "session"
    END = "end"
    TEXT = "text"

    @property
    def rank(self) -> int:
        """0 for the earliest."""
        return _PHASES.index(self)

    @property
    def half(self) -> Literal["", "cut", "reopen", "initial-open"]:
        """Which half of the pasted error it belongs to; empty where to neither."""
        return _HALVES.get(self, "")


_PHASES = tuple(Phase)
_HALVES: dict[Phase, Literal["cut", "reopen", "initial-open"]] = {
    Phase.OPEN: "initial-open",
    Phase.HELD: "cut",
    Phase.REOPEN: "reopen",
    Phase.RESUME: "reopen",
}


class Observation(Noun):
    """One answer, silence or end outside of what its role allows, or one claim.

    `label` names the request, `at_s` counts from the start of the triage. `after_s` is
    how long was waited, or how old the stream became, in seconds, from the last byte of
    the request. `natural` is False where our own close or reset led to it. `detail` is
    a word that tells the fact (a shape of configuration, a header), never a sentence.
    """

    id: ObservationId
    kind: Kind
    weight: Weight
    phase: Phase
    role: Role
    probe: ProbeId | Literal["signature"]
    label: str = ""
    at_s: float = 0.0
    natural: bool = True
    status: int | None = None
    failure: Failure | None = None
    end: End | None = None
    after_s: float | None = None
    jsonrpc_code: int | None = None
    detail: str = ""
