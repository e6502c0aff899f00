"""Where the URL leads: every redirect that the reference client would follow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.model import RedirectEvidence, RedirectHop
from streamtriage.probes.context import Probe, answered
from streamtriage.protocol.messages import discover, modern_headers
from streamtriage.transport.http_library import httpx
from streamtriage.transport.reach_rules import origin

if TYPE_CHECKING:
    from streamtriage.model import Event, Exchange
    from streamtriage.probes.context import Visit
    from streamtriage.transport.requester import LiveResponse, Wire

__all__ = ["PROBE", "run"]

# The reference client (TypeScript SDK from 1.32.0 on) gives up after five.
_MOST_HOPS = 5
_REDIRECTS = (301, 302, 303, 307, 308)
# What fetch leaves out when it goes to another origin (WHATWG Fetch, 4.4).
_DROPPED = ("authorization", "cookie", "proxy-authorization")


async def run(visit: Visit, *, patience_s: float | None = None) -> RedirectEvidence:
    """Ask the first question, and follow redirects inside the origin.

    The last answer is kept in `visit.discovered` for the probe of the era, so that
    nothing is asked twice. After a redirect every later probe uses the final URL. No
    other origin is asked anything.
    """
    wire, url = visit.wire, httpx.URL(visit.wire.target.url)
    patience_s = patience_s or wire.head_patience_s
    hops: list[RedirectHop] = []
    timeline: list[Event] = []
    while True:
        live = await _ask(wire, url, patience_s)
        timeline.extend(live.events)
        hop = _hop(live, url, wire)
        if hop is None:
            break
        if len(hops) == _MOST_HOPS:
            hop = hop.model_copy(update={"followed": False})
        hops.append(hop)
        if not hop.followed or wire.braked or visit.cancel.is_set():
            break
        url = url.join(live.recorder.header("location"))
    visit.discovered = live
    arrived = bool(hops) and live.recorder.status not in _REDIRECTS
    https_answer = None
    if arrived:
        wire.target = wire.target.model_copy(update={"url": str(url)})
    elif hops and hops[-1].to_plain_http:
        https_answer = await _https(wire, url, live, patience_s)
    return RedirectEvidence(
        hops=tuple(hops),
        final_url=str(url) if arrived else "",
        https_answer=https_answer,
        timeline=tuple(timeline),
    )


async def _ask(wire: Wire, url: httpx.URL, patience_s: float) -> LiveResponse:
    return await wire.aside(url=str(url)).ask(
        "server/discover",
        body=discover(),
        extra=modern_headers("server/discover"),
        patience_s=patience_s,
    )


def _hop(live: LiveResponse, url: httpx.URL, wire: Wire) -> RedirectHop | None:
    location = live.recorder.header("location")
    if live.recorder.status not in _REDIRECTS or not location:
        return None
    seen = live.exchange()
    try:
        target = url.join(location)
        same = _same_origin(url, target)
    except (httpx.InvalidURL, UnicodeError, ValueError):
        return RedirectHop(exchange=seen, location=location)
    kept = live.recorder.status in (307, 308)
    given = [name.lower() for name in wire.target.headers]
    return RedirectHop(
        exchange=seen,
        location=str(target),
        same_origin=same,
        to_plain_http=(url.scheme, target.scheme) == ("https", "http"),
        method_kept=kept,
        followed=same and kept,
        dropped=() if same else tuple(n for n in given if n in _DROPPED),
    )


def _same_origin(url: httpx.URL, target: httpx.URL) -> bool:
    """Tell whether the reference client stays: http to https on default ports does."""
    here, there = origin(url), origin(target)
    upgraded = here == ("http", url.host, 80) and there == ("https", url.host, 443)
    return here == there or upgraded


async def _https(
    wire: Wire, url: httpx.URL, live: LiveResponse, patience_s: float
) -> Exchange | None:
    """Ask the same place by https, as the client's own text advises to.

    Only on the host and port that the person named, for credentials go with it.
    """
    target = url.join(live.recorder.header("location"))
    if target.host != url.host:
        return None
    there = url.copy_with(raw_path=target.raw_path)
    answered = await _ask(wire, there, patience_s)
    return answered.exchange()


PROBE = Probe(
    "redirect",
    "greet",
    "Following redirects inside the server's origin",
    answered,
    run,
)
