"""Whether a refusal that is no 401 is about the credential all the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.model import CredentialEvidence, HandshakeEvidence
from streamtriage.probes.context import Probe, answered
from streamtriage.transport.mcp_session import Session

if TYPE_CHECKING:
    from streamtriage.probes.context import Visit

__all__ = ["PROBE", "needed", "run"]

_SAID_OTHERWISE = (401, 407, 429)


def needed(visit: Visit) -> bool:
    """Run where a credential was given, and `initialize` refused otherwise than 401."""
    greeted = visit.of(HandshakeEvidence)
    first = greeted.initialize if greeted is not None else None
    given = bool(visit.intake.secret_names)
    status = first.status if first is not None else None
    refused = status is not None and status >= 400 and status not in _SAID_OTHERWISE
    return answered(visit) and given and refused and not visit.session.opened


async def run(visit: Visit) -> CredentialEvidence:
    """Send `initialize` once without the person's headers; end what that opens."""
    session = Session(visit.wire.aside(bare=True), "no credential")
    live = await session.initialize()
    await session.end()
    return CredentialEvidence(without=live.exchange(), timeline=session.timeline)


PROBE = Probe(
    "credential",
    "follow",
    "Asking once without the credential",
    needed,
    run,
)
