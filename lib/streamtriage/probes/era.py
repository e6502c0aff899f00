"""Which protocol revisions the server offers, before anything else is judged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.model import EraEvidence
from streamtriage.probes.context import Probe, answered
from streamtriage.protocol.messages import (
    MODERN_ERRORS,
    MODERN_REVISION,
    discover,
    modern_headers,
    promised,
    words,
)

if TYPE_CHECKING:
    from streamtriage.transport.requester import LiveResponse, Wire

__all__ = ["PROBE", "run"]


async def run(
    wire: Wire,
    *,
    asked: LiveResponse | None = None,
    patience_s: float | None = None,
) -> EraEvidence:
    """Ask `server/discover`, as basic/versioning of revision 2026-07-28 prescribes.

    `asked` is the answer if the question was asked before. `modern` is None where the
    answer proves nothing: 401, 403, 5xx, or none at all. A server may know the
    question and answer it with older revisions alone: it speaks these.
    """
    live = asked or await wire.ask(
        "server/discover",
        body=discover(),
        extra=modern_headers("server/discover"),
        patience_s=patience_s or wire.head_patience_s,
    )
    seen = live.exchange()
    supported: tuple[str, ...] = ()
    modern: bool | None = False
    offers: tuple[str, ...] | None = None
    reply = live.recorder.reply or {}
    result, error = reply.get("result"), reply.get("error")
    unknown_method = seen.status == 404 and seen.jsonrpc_code == -32601
    if isinstance(result, dict) and seen.accepted:
        supported = words(result.get("supportedVersions"))
        modern = _knows_the_new(supported)
        offers = promised(result.get("capabilities"))
    elif seen.jsonrpc_code in MODERN_ERRORS or unknown_method:
        data = error.get("data") if isinstance(error, dict) else None
        if isinstance(data, dict):
            supported = words(data.get("supported"))
        modern = not supported or _knows_the_new(supported)
    elif seen.status is None or seen.status in (401, 403, 429) or seen.status >= 500:
        modern = None
    return EraEvidence(
        discover=seen,
        modern=modern,
        supported=supported,
        promised=offers if modern else None,
        timeline=live.events,
        failure=seen.failure,
        failure_detail=seen.failure_detail,
    )


def _knows_the_new(supported: tuple[str, ...]) -> bool:
    """Tell whether one of these is 2026-07-28 or later."""
    return any(each >= MODERN_REVISION for each in supported)


PROBE = Probe(
    "era",
    "greet",
    "Asking which protocol revisions it speaks",
    answered,
    lambda visit: run(visit.wire, asked=visit.discovered),
)
