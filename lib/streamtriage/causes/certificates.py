"""What TLS showed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.connect import first_hop, no_tls
from streamtriage.causes.judgement import Judgement
from streamtriage.model import Citation, TlsFacts

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["NODE_TLS", "alert_name", "tls_facts"]

NODE_TLS = Citation(
    source="https://nodejs.org/api/tls.html#x509-certificate-error-codes"
)


def tls_facts(case: Case) -> TlsFacts | Judgement:
    """Return what the handshake showed, or why nothing can be said of it."""
    reach = first_hop(case)
    if isinstance(reach, Judgement):
        return reach
    return reach.tls if reach.tls is not None else no_tls(reach)


def alert_name(alert: str) -> str:
    """Return an alert as OpenSSL names it, whichever way it is written."""
    return alert.upper().replace(" ", "_")
