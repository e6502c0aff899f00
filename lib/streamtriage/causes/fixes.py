"""The fix of the product that was recognised comes first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.knowledge import remedies, spoken, traces
from streamtriage.model import Fix

if TYPE_CHECKING:
    from streamtriage.causes.case import Case
    from streamtriage.knowledge import RemedyFor

__all__ = ["REMEDIES", "fixes_for", "recognised"]

# Which kinds of change cure which cause.
REMEDIES: dict[str, tuple[RemedyFor, ...]] = {
    "lb-idle-60s": ("idle",),
    "cloudflare-100-125s": ("idle",),
    "platform-max-request-300s": ("total",),
    "h2-stream-reset": ("total",),
    "headers-never-flushed": ("buffer",),
    "nginx-buffering": ("buffer",),
    "compression-buffers-sse": ("buffer",),
    "cdn-caches-stream": ("no-cache",),
    "half-open-stream-409": ("pass-abort", "new-session"),
    "server-restart-session-lost": ("new-session",),
    "multi-replica-no-affinity": ("shared-state",),
    "drain-at-deploy": ("drain",),
    "gateway-blocks-get": ("allow-get",),
    "get-not-implemented-404": ("answer-405",),
    "get-4xx-instead-of-405": ("answer-405",),
    "get-200-html-or-json": ("answer-405",),
    "stateless-200-dead-stream": ("answer-405",),
}
# What a person types for a client, and the product that the table knows it as.
_CLIENTS = (("claude", "claude-code"), ("cursor", "cursor"))


def recognised(case: Case) -> tuple[str, ...]:
    """Return the products that left a trace: hops first, then server, then client."""
    reach = case.reach
    tls = reach.tls if reach is not None else None
    hops = traces(
        case.exchanges, reach.host if reach else "", tls.issuer if tls else ""
    )
    name = case.handshake.server_name if case.handshake is not None else ""
    server = spoken(case.exchanges, name)
    typed = f"{case.intake.client} {case.signature.runtime}".lower()
    return (
        # What is certain comes before what is only likely.
        *(row.product for row in hops if row.certainty == "decisive"),
        *(row.product for row in hops if row.certainty != "decisive"),
        *((server.server,) if server is not None else ()),
        *(product for word, product in _CLIENTS if word in typed),
    )


def fixes_for(
    cause: str, fixes: tuple[Fix, ...], products: tuple[str, ...]
) -> tuple[Fix, ...]:
    """Return the changes for these products, then those that hold for any."""
    kinds = REMEDIES.get(cause, ())
    verify = next((fix.verify for fix in fixes if fix.verify), "")
    for_them = [
        Fix(where=row.where, what=row.what, paste=row.paste, verify=verify)
        for product in products
        for row in remedies()
        if row.product == product and row.remedy in kinds
    ]
    said = {fix.paste for fix in for_them}
    return (*for_them, *(fix for fix in fixes if fix.paste not in said))
