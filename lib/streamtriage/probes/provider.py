"""The model provider's endpoint on this network path, asked without credentials."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.model import ProviderEvidence
from streamtriage.probes.context import Probe

if TYPE_CHECKING:
    from streamtriage.transport.requester import Wire

__all__ = ["PROBE", "run"]


async def run(
    wire: Wire, provider_url: str, *, patience_s: float | None = None
) -> ProviderEvidence:
    """Ask once, with neither credential nor body worth answering.

    A 401 is what a provider that is reached says. It shows the way there, not that a
    stream of tokens would arrive unbroken.
    """
    live = await wire.elsewhere(provider_url).ask(
        "POST to the model provider, without credentials",
        body={},
        patience_s=patience_s or wire.head_patience_s,
    )
    seen = live.exchange()
    return ProviderEvidence(
        url=provider_url,
        answer=seen,
        failure=seen.failure,
        failure_detail=seen.failure_detail,
        timeline=live.events,
    )


PROBE = Probe(
    "provider",
    "ask",
    "Asking the model provider's endpoint",
    lambda visit: bool(visit.intake.provider_url),
    lambda visit: run(visit.wire, visit.intake.provider_url),
    builds_on=(),
)
