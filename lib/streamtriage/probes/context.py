"""What every probe is handed, and how a probe is announced to the flow."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeVar

from streamtriage.model import (
    ConcurrentEvidence,
    EraEvidence,
    Exchange,
    HandshakeEvidence,
    OpenEvidence,
    ProbeEvidence,
    ProbeId,
    ReachEvidence,
    ReopenEvidence,
)
from streamtriage.transport.mcp_session import Session

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from streamtriage.model import Evidence, Intake, Observation
    from streamtriage.transport.requester import LiveResponse, Wire

__all__ = [
    "AT_ONCE_S",
    "LEAST_S",
    "NO_STREAM",
    "SLOWER",
    "Phase",
    "Probe",
    "Visit",
    "always",
    "answered",
    "in_session",
    "in_stream",
]

E = TypeVar("E", bound=ProbeEvidence)
# RFC 9110, 15.6.4 and RFC 6585, 4.
_NO_ROOM = (429, 503)
Phase = Literal["reach", "greet", "ask", "follow", "explain", "watch", "last", "sum"]


# So long is watched where nobody asked for a watch: longer than all else that is asked
# of a server that answers at once.
LEAST_S = 2.25
# What says that there is no stream: 405 for good, the others as far as is known.
NO_STREAM = (404, 405, 501)
# An answer within this time is no wait.
AT_ONCE_S = 0.05
# Several requests at once may take so many times as long as one.
SLOWER = 3.0


@dataclass
class Visit:
    """One visit to one server: the way out, and what was learned so far.

    `session` is the main session; a probe that ends or spoils its session opens one of
    its own. `cancel` is set when the person has waited long enough. `discovered` is the
    answer to the first question, which several probes read. `speaks_old` says that the
    client speaks HTTP+SSE of revision 2024-11-05, before anything was asked, and
    `unexplained` what no cause accounts for by now. `environ` is where a client would
    look for its proxy. `say` tells the person what a long wait is for, and how many
    seconds it may still last. `turn` is taken by each of those that ask one by one, and
    `watched` is set when no stream is watched any more. `own_hold` says that nobody
    asked for the hold.
    """

    wire: Wire
    intake: Intake
    cancel: asyncio.Event
    seen: dict[str, Evidence] = field(default_factory=dict)
    environ: Mapping[str, str] = field(default_factory=dict)
    say: Callable[[str, float], None] = lambda _what, _left_s: None
    discovered: LiveResponse | None = None
    speaks_old: bool = False
    unexplained: tuple[Observation, ...] = ()
    own_hold: bool = False

    def __post_init__(self) -> None:
        self.session = Session(self.wire, "main")
        self.turn = asyncio.Lock()
        self.watched = asyncio.Event()

    def of(self, kind: type[E]) -> E | None:
        """Return what the probe with this kind of evidence saw, if it ran."""
        return next((e for e in self.seen.values() if isinstance(e, kind)), None)

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """Every exchange of the probes that have ended."""
        return tuple(s for each in self.seen.values() for s in each.exchanges)

    @property
    def crowded(self) -> bool:
        """True where something was refused for want of room or of time."""
        refused = any(each.status in _NO_ROOM for each in self.exchanges)
        return self.wire.braked or refused

    @property
    def first_answers(self) -> tuple[Exchange, ...]:
        """What a client meets: `initialize`, and then GET and POST in that session."""
        greeted, opened = self.of(HandshakeEvidence), self.of(OpenEvidence)
        seen = (
            [greeted.initialize, greeted.initialized, greeted.post] if greeted else []
        )
        seen += [opened.live, opened.again, opened.post] if opened else []
        return tuple(each for each in seen if each is not None)

    @property
    def tries(self) -> tuple[Exchange, ...]:
        """Every GET that asked for a stream again."""
        reopened = self.of(ReopenEvidence)
        both = (reopened.after_close, reopened.after_vanish) if reopened else ()
        return tuple(a.get for each in both if each is not None for a in each.attempts)

    @property
    def offers_no_stream(self) -> bool:
        """True where the first GET was answered 405, which is for good.

        No other status says so: a 404 may be a route that is just being made.
        """
        found = self.of(ConcurrentEvidence)
        get = found.stream if found is not None else None
        return get is not None and get.status == 405

    @property
    def has_no_stream(self) -> bool:
        """True where the first GET found none, be that for good or not."""
        found = self.of(ConcurrentEvidence)
        get = found.stream if found is not None else None
        return get is not None and get.status in NO_STREAM

    @property
    def one_by_one(self) -> bool:
        """True where a single connection is as quick as several at once.

        Each answer comes at once, and neither a stream nor a wait keeps one busy.
        """
        return self.has_no_stream and self.is_quick and not self.waits

    @property
    def is_slow_without_stream(self) -> bool:
        """True where one question after the other takes long, and no stream is held."""
        return self.has_no_stream and not self.is_quick

    @property
    def waits(self) -> bool:
        """True where the person asked for a wait: to hold streams, or a session."""
        held = self.intake.hold_s > 0 and not self.own_hold
        return held or self.intake.idle_s > 0

    @property
    def is_quick(self) -> bool:
        """True where each answer of the first session came almost at once.

        What we ourselves noticed late is not laid to the server.
        """
        greeted = self.of(HandshakeEvidence)
        first = (greeted.initialize, greeted.post) if greeted is not None else ()
        waits = [(s.head_wait_s, s.late_s) for s in first if s is not None]
        return bool(waits) and all(
            waited is not None and waited - late < AT_ONCE_S for waited, late in waits
        )

    def patience_s(self, least_s: float) -> float:
        """Return how long an answer may take: who is merely slow is not silent.

        `least_s`, and three times what the first session and its first POST took, since
        several at once take longer; no more than the wire's own patience.
        """
        greeted = self.of(HandshakeEvidence)
        first = (greeted.initialize, greeted.post) if greeted is not None else ()
        usual_s = max((s.age_s or 0.0 for s in first if s is not None), default=0.0)
        return min(self.wire.answer_patience_s, least_s + SLOWER * usual_s)

    @property
    def speaks_modern(self) -> bool:
        era = self.of(EraEvidence)
        return era is not None and bool(era.modern)


def always(_visit: Visit) -> bool:
    """Run whatever came before."""
    return True


def answered(visit: Visit) -> bool:
    """Run where the server is reached, and is not one of the new revision only."""
    reach = visit.seen.get("reach")
    greeted = visit.of(HandshakeEvidence)
    modern_only = greeted is not None and greeted.modern_only
    reached = isinstance(reach, ReachEvidence) and (
        reach.failure is None or reach.widened
    )
    return reached and not modern_only


def in_session(visit: Visit) -> bool:
    """Run where a session up to revision 2025-11-25 could be opened."""
    return answered(visit) and visit.session.opened


def in_stream(visit: Visit) -> bool:
    """Run where a session could be opened, and a stream may be."""
    return in_session(visit) and not visit.offers_no_stream


@dataclass(frozen=True)
class Probe:
    """One probe: when it runs, what it needs, and what is said while it runs.

    Probes of the phases `reach` and `greet` run one after the other, in order; those
    of `ask` run side by side, and those of `watch` beside them for as long as it takes.
    Those of `follow` come after `ask`, and only where something that was seen makes
    their question worth its requests, and those of `explain` then, where something
    that was seen is not explained. Those of `last` come when all of these have
    ended. Those of `sum` send nothing: they read what the others saw before each
    report.
    """

    name: ProbeId
    phase: Phase
    says: str
    needs: Callable[[Visit], bool]
    run: Callable[[Visit], Awaitable[Evidence]]
    # Whether it asks what others ask as well, and can wait until they have.
    in_turn: bool = False
    # Where one of `follow` need not wait for those of `ask`.
    with_asked: Callable[[Visit], bool] = lambda _: False
    # What it waits for in seconds, and says while it does; 0 where others say it.
    lasts_s: Callable[[Intake], float] = lambda _: 0.0
    # Where less than everything that its phase builds on will do.
    builds_on: tuple[ProbeId, ...] | None = None
    # False where it greets as a client does, but no other probe reads what it saw.
    is_built_on: bool = True
