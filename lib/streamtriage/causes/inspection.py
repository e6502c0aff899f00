"""Proxies that look into TLS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.model import (
    Failure,
    ProxyEvidence,
    ProxyPath,
)
from streamtriage.model.message import say
from streamtriage.wording import seconds

if TYPE_CHECKING:
    from streamtriage.model.message import Text
    from streamtriage.observations.case import Case

__all__ = ["head_held", "held_by_inspection", "is_inspected", "say_late"]


def held_by_inspection(case: Case) -> bool:
    """Tell whether a proxy that opens TLS, and no other hop, holds the GET back."""
    seen = case.proxy
    return seen is not None and is_inspected(seen) and say_late(seen) is not None


def is_inspected(seen: ProxyEvidence) -> bool:
    """Tell whether another, private authority signs on the way through the proxy.

    A server may have several certificates, but all its public ones are Mozilla's to
    trust.
    """
    if seen.proxied is None or seen.direct is None:
        return False
    known = bool(seen.proxied.tls_fingerprint and seen.direct.tls_fingerprint)
    differ = seen.proxied.tls_issuer != seen.direct.tls_issuer
    return known and differ and seen.proxied.mozilla_trusts is False


def say_late(seen: ProxyEvidence) -> Text | None:
    """Return the sentence that says so, if only the proxy's stream comes late."""
    if seen.proxied is None or seen.direct is None:
        return None
    direct = seen.direct.get
    if direct is None or not direct.is_event_stream or not head_held(seen.proxied):
        return None
    post = seen.proxied.post
    posted = seconds(post.headers_s) if post is not None else say("proxy.late.posted")
    waited = seen.proxied.get.ended_s if seen.proxied.get else None
    return say(
        "proxy.late",
        posted=posted,
        waited=seconds(waited),
        headers_s=seconds(direct.headers_s),
    )


def head_held(path: ProxyPath) -> bool:
    """Tell whether POST is answered on this way while the GET's head never came."""
    posted = path.post is not None and path.post.accepted
    get = path.get
    return posted and get is not None and get.failure is Failure.TIMED_OUT
