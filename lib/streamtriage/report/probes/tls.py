"""What lies behind the TLS handshake."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.model import TlsEvidence
from streamtriage.model.message import tell
from streamtriage.phrases import known
from streamtriage.report.document import Row
from streamtriage.report.probes.told import tells

if TYPE_CHECKING:
    from collections.abc import Iterator


__all__ = ["rows"]


@tells(TlsEvidence, "What lies behind the TLS handshake?")
def rows(seen: TlsEvidence) -> Iterator[Row]:
    """Say what was found."""
    if seen.mozilla_trusts is not None:
        yield Row("Trusted by Mozilla's roots alone", known(seen.mozilla_trusts))
    if seen.system_trusts is not None:
        yield Row("Trusted by the system's store", known(seen.system_trusts))
    yield Row("Certificates sent", "; ".join(seen.sent))
    yield Row("Completed by", seen.completed_by)
    if seen.wants_certificate is not None:
        yield Row("Asks for a client certificate", known(seen.wants_certificate))
    yield Row("Alert", seen.alert)
    if seen.server_clock_s is not None:
        yield Row("Server's clock ahead of ours", f"{seen.server_clock_s:.0f} s")
    for offered, picked in (("HTTP/1.1", seen.picks_of_h1), ("h2", seen.picks_of_h2)):
        if picked is not None:
            yield Row(
                tell("report.path-facts.tls", offered=offered), picked or "nothing"
            )
