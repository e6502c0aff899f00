"""What a cause may look at, and the four things that it may say."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from streamtriage.model import (
    AfterwardsEvidence,
    AskedAs,
    AuthEvidence,
    ConcurrentEvidence,
    ControlEvidence,
    CredentialEvidence,
    DelayEvidence,
    Era,
    EraEvidence,
    Evidence,
    Exchange,
    Failure,
    FollowUpEvidence,
    GuardEvidence,
    HandshakeEvidence,
    HoldEvidence,
    HttpSseEvidence,
    Intake,
    LifetimeEvidence,
    ListenEvidence,
    OpenEvidence,
    ProbeEvidence,
    ProbeId,
    ProviderEvidence,
    ProxyEvidence,
    ReachEvidence,
    RedirectEvidence,
    ReopenEvidence,
    Reopening,
    ReplicasEvidence,
    ResumeEvidence,
    SecondEvidence,
    SessionEvidence,
    Signature,
    SilenceEvidence,
    TlsEvidence,
    Watch,
)
from streamtriage.model.roles import Asked, Role, asked
from streamtriage.observations.this_machine import local_of, log_of, servers_of
from streamtriage.observations.transport import speaks_old

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streamtriage.model import LocalEvidence, RemoteServer, ServerLog

__all__ = ["Case"]

E = TypeVar("E", bound=ProbeEvidence)


@dataclass(frozen=True)
class Case:
    """One triage as the causes see it: evidence by probe, never the network."""

    intake: Intake
    signature: Signature
    evidence: tuple[Evidence, ...] = ()
    asked_as: AskedAs = field(default_factory=AskedAs)

    @cached_property
    def _by_kind(self) -> dict[type[ProbeEvidence], Evidence]:
        """The first evidence of each probe, which every judge looks up."""
        return {type(each): each for each in reversed(self.evidence)}

    @cached_property
    def ran(self) -> frozenset[str]:
        """The names of the probes that left evidence."""
        return frozenset(each.probe for each in self.evidence)

    def _one(self, kind: type[E]) -> E | None:
        found = self._by_kind.get(kind)
        return found if isinstance(found, kind) else None

    @property
    def reach(self) -> ReachEvidence | None:
        return self._one(ReachEvidence)

    @property
    def tls(self) -> TlsEvidence | None:
        return self._one(TlsEvidence)

    @property
    def redirect(self) -> RedirectEvidence | None:
        return self._one(RedirectEvidence)

    @property
    def proxy(self) -> ProxyEvidence | None:
        return self._one(ProxyEvidence)

    @property
    def control(self) -> ControlEvidence | None:
        return self._one(ControlEvidence)

    @property
    def era_probe(self) -> EraEvidence | None:
        return self._one(EraEvidence)

    @property
    def handshake(self) -> HandshakeEvidence | None:
        return self._one(HandshakeEvidence)

    @property
    def opened(self) -> OpenEvidence | None:
        return self._one(OpenEvidence)

    @property
    def hold(self) -> HoldEvidence | None:
        return self._one(HoldEvidence)

    @property
    def http_sse(self) -> HttpSseEvidence | None:
        return self._one(HttpSseEvidence)

    @cached_property
    def speaks_old(self) -> bool:
        """True where the client speaks HTTP+SSE of revision 2024-11-05."""
        return speaks_old(self) is True

    @property
    def reopen(self) -> ReopenEvidence | None:
        return self._one(ReopenEvidence)

    @property
    def lifetime(self) -> LifetimeEvidence | None:
        return self._one(LifetimeEvidence)

    @property
    def delay(self) -> DelayEvidence | None:
        return self._one(DelayEvidence)

    @property
    def listen(self) -> ListenEvidence | None:
        return self._one(ListenEvidence)

    @property
    def auth(self) -> AuthEvidence | None:
        return self._one(AuthEvidence)

    @property
    def guard(self) -> GuardEvidence | None:
        return self._one(GuardEvidence)

    @property
    def replicas(self) -> ReplicasEvidence | None:
        return self._one(ReplicasEvidence)

    @property
    def second(self) -> SecondEvidence | None:
        return self._one(SecondEvidence)

    @property
    def resume(self) -> ResumeEvidence | None:
        return self._one(ResumeEvidence)

    @property
    def left_alone(self) -> SessionEvidence | None:
        return self._one(SessionEvidence)

    @property
    def concurrent(self) -> ConcurrentEvidence | None:
        return self._one(ConcurrentEvidence)

    @property
    def afterwards(self) -> AfterwardsEvidence | None:
        return self._one(AfterwardsEvidence)

    @property
    def credential(self) -> CredentialEvidence | None:
        return self._one(CredentialEvidence)

    @property
    def follow_up(self) -> FollowUpEvidence | None:
        return self._one(FollowUpEvidence)

    @property
    def silence(self) -> SilenceEvidence | None:
        return self._one(SilenceEvidence)

    @property
    def era(self) -> Era:
        """Which protocol revisions the server was seen to speak."""
        if self.handshake is None or self.handshake.initialize is None:
            return "unknown"
        modern = self.era_probe is not None and bool(self.era_probe.modern)
        if self.handshake.modern_only:
            return "modern"
        if self.handshake.revision:
            return "dual" if modern else "legacy"
        return "unknown"

    @property
    def posts(self) -> tuple[Exchange, ...]:
        """Every harmless request that was sent in the main session, oldest first."""
        return _sent(
            self.handshake.post if self.handshake else None,
            self.opened.post if self.opened else None,
        )

    @property
    def posts_work(self) -> bool | None:
        """Whether every harmless POST in a live session worked; None if unasked.

        A POST that got no answer at all says neither.
        """
        answered = [seen for seen in self.posts if seen.answered]
        return all(seen.worked for seen in answered) if answered else None

    @property
    def wavering(self) -> tuple[Exchange, Exchange] | None:
        """A refusal, and a later acceptance of the same request in the same session.

        A session that is lost stays lost; one that comes and goes is known to only some
        of the processes that answer.
        """
        note = self.handshake.initialized if self.handshake else None
        if note is not None and (note.status != 404 or note.jsonrpc_code == -32601):
            # Not another answer about the session, but one about the notification.
            note = None
        in_turn = [
            (*_sent(note), *self.posts),
            _sent(
                self.opened.live if self.opened else None,
                self.opened.again if self.opened else None,
            ),
            *(_sent(*r.posts) for r in self.reopenings),
        ]
        for questions in in_turn:
            for index, seen in enumerate(questions):
                later = [each for each in questions[index + 1 :] if each.accepted]
                if seen.status in (400, 404) and later:
                    return seen, later[0]
        return None

    @property
    def _first_again(self) -> Exchange | None:
        """Return the repeated GET, unless it is in truth a refused reopening."""
        opened = self.opened
        if opened is None or opened.again is None:
            return None
        streamed = opened.live is not None and opened.live.is_event_stream
        return None if streamed and not opened.again.accepted else opened.again

    @property
    def live_gets(self) -> tuple[Exchange, ...]:
        """Every first GET that was sent with a live session and was answered."""
        return tuple(seen for seen in self.sent_gets if seen.answered)

    @property
    def sent_gets(self) -> tuple[Exchange, ...]:
        """Every first GET that was sent with a live session, answered or not."""
        return _sent(
            self.opened.live if self.opened else None,
            self._first_again,
            *(watch.stream for watch in self.watches),
            *(reopening.first for reopening in self.own_reopenings),
            self.lifetime.noisy if self.lifetime else None,
            self.delay.compressed if self.delay else None,
        )

    @property
    def gets(self) -> tuple[Exchange, ...]:
        """Every GET with a live session that was answered, first and later ones."""
        tries = (a.get for r in self.reopenings for a in r.attempts)
        later = (seen for seen in _sent(*tries) if seen.answered)
        return (*self.live_gets, *later)

    @property
    def watches(self) -> tuple[Watch, ...]:
        """The streams that were held in silence, over the client's own transport."""
        if self.speaks_old:
            return self.http_sse.watches if self.http_sse else ()
        return self.hold.watches if self.hold else ()

    @property
    def own_reopenings(self) -> tuple[Reopening, ...]:
        """What followed when our own probe ended a stream."""
        if self.reopen is None:
            return ()
        both = (self.reopen.after_close, self.reopen.after_vanish)
        return tuple(each for each in both if each is not None)

    @property
    def reopenings(self) -> tuple[Reopening, ...]:
        followed = (watch.reopening for watch in self.watches)
        return (
            *(each for each in followed if each is not None),
            *self.own_reopenings,
        )

    @cached_property
    def asked(self) -> tuple[Asked, ...]:
        """Every request with its role, in the order in which they were sent."""
        return asked(self.evidence, speaks_old=self.speaks_old)

    def role_of(self, seen: Exchange) -> Role:
        """Return what a request of this case was sent for.

        Raises KeyError for one that is of no case.
        """
        # A watch's own stream stands again where what followed it begins.
        role = self._roles.get(id(seen))
        return self._roles[seen.label, seen.started_s] if role is None else role

    @cached_property
    def _roles(self) -> dict[int | tuple[str, float], Role]:
        # By identity first: two requests of one moment may be alike.
        of_moment: dict[int | tuple[str, float], Role] = {
            (each.exchange.label, each.exchange.started_s): each.role
            for each in self.asked
        }
        return of_moment | {id(each.exchange): each.role for each in self.asked}

    @cached_property
    def not_on_schedule(self) -> frozenset[tuple[str, str]]:
        """Probe and path of refused tries that no client makes at that moment."""
        found = [("second", f"tries[{n}].get") for n in range(_tries(self.second))]
        for n, watch in enumerate(self.watches):
            found += _at_once("hold", f"watches[{n}].reopening", watch.reopening)
        if self.reopen is not None:
            found += _at_once("reopen", "after_close", self.reopen.after_close)
            found += _at_once("reopen", "after_vanish", self.reopen.after_vanish)
        return frozenset(found)

    @cached_property
    def local(self) -> LocalEvidence | None:
        """What the person's machine said, if it was looked at."""
        return local_of(self)

    @cached_property
    def log(self) -> ServerLog | None:
        """The client's log of the server at hand, if one was found."""
        return log_of(self)

    @cached_property
    def configured(self) -> tuple[RemoteServer, ...]:
        """The configured entries of the server at hand."""
        return servers_of(self)

    @cached_property
    def exchanges(self) -> tuple[Exchange, ...]:
        """Every exchange with the server itself that was sent as a client sends it.

        Those of `auth`, `provider` and `control` go to other hosts, and those of
        `guard` bear headers that were chosen to be refused.
        """
        asides = (AuthEvidence, ControlEvidence, GuardEvidence, ProviderEvidence)
        return tuple(
            seen
            for each, its in self._walked
            if not isinstance(each, asides)
            for seen in its
        )

    @cached_property
    def _walked(self) -> tuple[tuple[Evidence, tuple[Exchange, ...]], ...]:
        """Every probe with its exchanges; walking the evidence costs."""
        return tuple((each, each.exchanges) for each in self.evidence)

    def probes_of(
        self, seen: Iterable[Exchange], usual: ProbeId
    ) -> tuple[ProbeId, ...]:
        """Return the probes that these are of; only the usual one if it is of them."""
        given = {id(each) for each in seen}
        names = tuple(name for name, its in self._by_probe if its & given)
        return (usual,) if usual in names else names

    @cached_property
    def _by_probe(self) -> tuple[tuple[ProbeId, frozenset[int]], ...]:
        """The identities of every probe's exchanges, which many causes look up."""
        return tuple(
            (each.probe, frozenset(map(id, its))) for each, its in self._walked
        )


def _tries(second: SecondEvidence | None) -> int:
    return len(second.tries) if second is not None else 0


def _at_once(
    probe: str, path: str, reopening: Reopening | None
) -> list[tuple[str, str]]:
    attempts = reopening.attempts if reopening is not None else ()
    return [
        (probe, f"{path}.attempts[{n}].get")
        for n, each in enumerate(attempts)
        if not each.after_s and not each.get.accepted
    ]


def _sent(*seen: Exchange | None) -> tuple[Exchange, ...]:
    """Return what was really sent: after a 429 the wire holds everything back."""
    return tuple(
        each
        for each in seen
        if each is not None and each.failure is not Failure.NOT_SENT
    )
