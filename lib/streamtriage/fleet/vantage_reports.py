"""One target as several vantage points saw it, for the causes that compare them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from streamtriage.causes import Case
from streamtriage.causes.stream_ages import at_one_age
from streamtriage.model import (
    End,
    HandshakeEvidence,
    HoldEvidence,
    ProbeEvidence,
    ProxyEvidence,
    ReachEvidence,
)
from streamtriage.wording import spoken_list

if TYPE_CHECKING:
    from streamtriage.fleet.row import Row
    from streamtriage.model import Asked, Exchange, ProxyPath, Report

__all__ = ["Lived", "View", "Views", "named"]

E = TypeVar("E", bound=ProbeEvidence)


@dataclass(frozen=True)
class Lived:
    """How long silent streams lived; `cut` if they ended by themselves."""

    streams: tuple[Exchange, ...]
    cut: bool

    @property
    def shortest_s(self) -> float:
        return min(each.lived_s or 0.0 for each in self.streams)

    @property
    def longest_s(self) -> float:
        return max(each.lived_s or 0.0 for each in self.streams)

    @property
    def one_age(self) -> bool | None:
        """Whether two streams that started apart ended at one age; None for one."""
        if len(self.streams) < 2:
            return None
        return at_one_age(self.streams[0], self.streams[1], "lived_s")


@dataclass(frozen=True, eq=False)
class View:
    """What one vantage point saw of one target; without a report it saw nothing."""

    vantage: str
    row: Row
    report: Report | None = None

    def _of(self, kind: type[E]) -> E | None:
        evidence = self.report.evidence if self.report else ()
        return next((each for each in evidence if isinstance(each, kind)), None)

    @property
    def tells(self) -> bool:
        """Whether it shows anything that other views can be compared with."""
        return self.works or self.fails or self.lived is not None

    @property
    def works(self) -> bool:
        return self.row.outcome in ("healthy", "not-reproduced")

    @property
    def fails(self) -> bool:
        """Whether it does not work from there; a refusal need not be explained."""
        if self.row.outcome == "could-not-tell":
            return self.refusal is not None or self.connects is False
        return self.row.outcome == "cause-present"

    @property
    def proxy(self) -> str:
        """The proxy that requests from there go through; empty for none."""
        return (self.report.target.proxy or "") if self.report else ""

    @property
    def past_the_proxy(self) -> bool | None:
        """Whether the server works without the proxy; None if that was not asked."""
        seen = self._of(ProxyEvidence)
        return _way_works(seen.direct) if seen is not None else None

    @property
    def through_the_proxy(self) -> bool | None:
        """Whether the server works through the proxy; None if that was not asked."""
        seen = self._of(ProxyEvidence)
        return _way_works(seen.proxied) if seen is not None else None

    @property
    def connects(self) -> bool | None:
        """Whether a connection could be made; None where that was not measured."""
        seen = self._of(ReachEvidence)
        if seen is None or (seen.proxy and not seen.addresses):
            return None
        return seen.failure is None

    @property
    def connect_failure(self) -> str:
        seen = self._of(ReachEvidence)
        return str(seen.failure) if seen is not None and seen.failure else ""

    @property
    def addresses(self) -> frozenset[str]:
        """The addresses that the name leads to from there."""
        seen = self._of(ReachEvidence)
        return frozenset(a.ip for a in seen.addresses) if seen else frozenset()

    @property
    def server(self) -> str:
        """What the server says it is, with its version."""
        seen = self._of(HandshakeEvidence)
        return f"{seen.server_name} {seen.server_version}".strip() if seen else ""

    @property
    def gives_credentials(self) -> bool:
        intake = self.report.intake if self.report else None
        return intake is not None and bool(intake.auth_env or intake.header_envs)

    @property
    def refusal(self) -> Exchange | None:
        """The first answer in a session of ours, or to its opening, that was an error.

        A GET answered 405 is no refusal, the server offers no stream; nor is such a
        DELETE, it ends sessions by itself. Nor is what only a comparison was answered:
        a sound server lets no foreign page in.
        """
        told = self.report
        if told is None:
            return None
        case = Case(told.intake, told.signature, told.evidence, told.asked_as)
        seen = (each.exchange for each in case.asked if _asked_in_earnest(each))
        refused = (x for x in seen if x.status is not None and x.status >= 400)
        return next(refused, None)

    @property
    def lived(self) -> Lived | None:
        """How long silent streams lived from there; None if none was watched."""
        seen = self._of(HoldEvidence)
        streams = (
            [w.stream for w in seen.watches if w.stream.is_event_stream] if seen else []
        )
        lived = tuple(s for s in streams if s.lived_s is not None)
        if not lived:
            return None
        cut = all(s.end is not None and s.end.natural for s in streams)
        if not cut and any(s.end is End.CANCELLED for s in streams):
            return None
        return Lived(lived, cut)


def _way_works(way: ProxyPath | None) -> bool | None:
    """Tell whether a session can be opened on this way, and its stream, if it has one.

    Something that answers is not enough: a proxy that refuses answers too.
    """
    if way is None:
        return None
    if way.initialize is None or not way.initialize.accepted:
        return False
    return way.get is None or way.get.is_event_stream or way.get.status == 405


def _asked_in_earnest(each: Asked) -> bool:
    seen = each.exchange
    if seen.method in ("GET", "DELETE") and seen.status == 405:
        return False
    return each.role.greets or (each.role.own and seen.session == "live")


@dataclass(frozen=True)
class Views:
    """Every vantage point's view of one target."""

    target: str
    views: tuple[View, ...]

    @property
    def telling(self) -> tuple[View, ...]:
        return tuple(view for view in self.views if view.tells)

    @property
    def working(self) -> tuple[View, ...]:
        return tuple(view for view in self.telling if view.works)

    @property
    def failing(self) -> tuple[View, ...]:
        return tuple(view for view in self.telling if view.fails)


def named(views: tuple[View, ...]) -> str:
    """Return the vantage points in words: `a`, `a and b`, `a, b and c`."""
    return spoken_list([view.vantage for view in views])
