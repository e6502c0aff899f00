"""Which intermediaries and which server left traces in what the probes saw."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.knowledge.dialects import spoken
from streamtriage.knowledge.fingerprints import traces
from streamtriage.model import (
    Exchange,
    FingerprintEvidence,
    HandshakeEvidence,
    Hop,
    Noun,
    ReachEvidence,
)
from streamtriage.probes.context import Probe, always

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamtriage.probes.context import Visit

__all__ = ["PROBE", "run"]


async def run(visit: Visit) -> FingerprintEvidence:
    """Compare every response with the table of traces; nothing is sent.

    A hop that leaves no trace is not found: AWS and Google balancers of layer 4,
    HAProxy, Traefik and Kubernetes services add nothing to a response.
    """
    exchanges = tuple(_exchanges(tuple(visit.seen.values())))
    reach, greeted = visit.of(ReachEvidence), visit.of(HandshakeEvidence)
    tls = reach.tls if reach is not None else None
    found = traces(
        exchanges, reach.host if reach else "", tls.issuer if tls is not None else ""
    )
    server = spoken(exchanges, greeted.server_name if greeted else "")
    return FingerprintEvidence(
        hops=tuple(
            Hop(
                name=row.says,
                product=row.product,
                sign=row.sign,
                certainty=row.certainty,
                limits=row.limits,
                source=row.source,
                grade=row.grade,
            )
            for row in found
        ),
        server=server.says if server else "",
        server_certainty=server.certainty if server else "",
    )


def _exchanges(value: object) -> Iterator[Exchange]:
    if isinstance(value, Exchange):
        yield value
    elif isinstance(value, Noun):
        for name in type(value).model_fields:
            yield from _exchanges(getattr(value, name))
    elif isinstance(value, tuple):
        for each in value:
            yield from _exchanges(each)


PROBE = Probe(
    "fingerprint",
    "sum",
    "Looking for traces of intermediaries",
    always,
    run,
)
