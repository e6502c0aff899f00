"""Connections that could not be made, or that no client would trust."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.model import Failure
from streamtriage.model.observation import Kind, Phase
from streamtriage.model.roles import Role
from streamtriage.observations.finder import finds, observe_exchange, observe_fact
from streamtriage.observations.sequence import is_natural, own, phase_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamtriage.model.observation import Observation
    from streamtriage.observations.case import Case

_OF_TLS = (
    Failure.TLS_UNTRUSTED,
    Failure.TLS_NAME,
    Failure.TLS_DATES,
    Failure.TLS_FAILED,
)
NO_CONNECTION = frozenset(
    (
        Failure.DNS_NOT_FOUND,
        Failure.DNS_FAILED,
        Failure.REFUSED,
        Failure.UNREACHABLE,
        Failure.CONNECT_TIMED_OUT,
        Failure.PROXY_REFUSED,
        *_OF_TLS,
    )
)
_PHASES = {
    Failure.DNS_NOT_FOUND: Phase.NAME,
    Failure.DNS_FAILED: Phase.NAME,
    Failure.PROXY_REFUSED: Phase.PROXY,
    **dict.fromkeys(_OF_TLS, Phase.TLS),
}


@finds(Kind.NOT_REACHED)
def find_not_reached(case: Case) -> Iterator[Observation]:
    """Yield the failure of the first connection, each later one, and odd addresses."""
    reach = case.reach
    if reach is not None and reach.failure is not None:
        phase = _PHASES.get(reach.failure, Phase.NETWORK)
        yield observe_fact(
            Kind.NOT_REACHED,
            Role.REACH,
            phase,
            "reach",
            detail=str(reach.failure),
            failure=reach.failure,
        )
    yield from _distrusted(case)
    for each in own(case):
        seen = each.exchange
        if seen.failure in NO_CONNECTION:
            yield observe_exchange(
                Kind.NOT_REACHED,
                each,
                phase_of(case, each),
                natural=is_natural(case, seen),
                after_s=seen.ended_s,
            )


def _distrusted(case: Case) -> Iterator[Observation]:
    """Yield each defect of a certificate; a private one may have several."""
    tls = case.reach.tls if case.reach is not None else None
    failure = case.reach.failure if case.reach is not None else None
    if tls is None:
        return
    defects = (
        (tls.trusted is False, Failure.TLS_UNTRUSTED),
        (tls.names_match is False, Failure.TLS_NAME),
        (tls.dates_hold is False, Failure.TLS_DATES),
    )
    for there, named in defects:
        if there and named is not failure:
            yield observe_fact(
                Kind.NOT_REACHED,
                Role.REACH,
                Phase.TLS,
                "reach",
                detail=str(named),
                failure=named,
            )
