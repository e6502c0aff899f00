"""What was seen on the way to the server: name, TCP, TLS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.model import ReachEvidence
from streamtriage.model.message import tell
from streamtriage.phrases import FAILURES, duration, known
from streamtriage.report.document import Row
from streamtriage.report.probes.told import tells

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamtriage.model import Address, TlsFacts

__all__ = ["rows"]


@tells(ReachEvidence, "Can the server be reached?")
def rows(seen: ReachEvidence) -> Iterator[Row]:
    """Say what was found."""
    yield Row("Host and port", f"{seen.host}:{seen.port} ({seen.scheme})")
    yield Row("Proxy", seen.proxy or "none")
    yield Row("Name looked up in", duration(seen.dns_s))
    for address in (*seen.addresses, *seen.twins):
        yield Row(f"{address.family} {address.ip}", _address(address))
    if seen.tls:
        yield from _tls(seen.tls)


def _address(address: Address) -> str:
    if address.connect_s is not None:
        return tell("report.facts.address", duration=duration(address.connect_s))
    return FAILURES[address.failure] if address.failure else "not tried"


def _tls(tls: TlsFacts) -> Iterator[Row]:
    yield Row("TLS", " with ALPN ".join(filter(None, (tls.version, tls.alpn))))
    yield Row("TLS handshake took", duration(tls.handshake_s))
    yield Row(
        "Certificate trusted",
        ": ".join(filter(None, (known(tls.trusted), tls.verify_error))),
    )
    yield Row("Certificate names this host", known(tls.names_match))
    yield Row("Certificate is for", ", ".join(tls.names) or tls.subject)
    yield Row("Certificate issued by", tls.issuer)
    if tls.not_after:
        yield Row(
            "Certificate valid",
            tell(
                "report.facts.tls", not_before=tls.not_before, not_after=tls.not_after
            ),
        )
    if tls.failure:
        yield Row("TLS failed", FAILURES[tls.failure])
