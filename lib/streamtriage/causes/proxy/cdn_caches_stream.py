"""The cause `cdn-caches-stream`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import ComesAndGoes, cause
from streamtriage.causes.explains import (
    STREAM_GETS,
    altered,
    flap,
    refused,
)
from streamtriage.causes.judgement import Judgement, absent, present, unknown
from streamtriage.model import CauseId, Citation, Fix
from streamtriage.model.message import say
from streamtriage.observations.altered import cache_sign
from streamtriage.wording import answer

if TYPE_CHECKING:
    from streamtriage.model import Exchange
    from streamtriage.observations.case import Case

__all__ = ["cdn_caches_stream"]


@cause(
    owner="proxy",
    scope="deployment configuration",
    impact="fatal",
    look_alike=CauseId("instant-close-flap"),
    remedies=("no-cache",),
    comes_and_goes=ComesAndGoes("by lot", "a cache forgets after a while"),
    explains=(
        altered("cached"),
        flap(STREAM_GETS),
        refused(range(200, 600), at=STREAM_GETS),
    ),
    fixes=(
        Fix(
            where="the server",
            what="Forbid caching, in the response to GET.",
            paste="Cache-Control: no-store",
            verify="open",
        ),
        Fix(
            where="the CDN",
            what="Leave the MCP path out of the cache, and purge it once.",
            paste="Cache rule: URI path starts with /mcp -> Bypass cache",
            verify="open",
        ),
        Fix(
            where="Varnish",
            what="Pass the MCP path by: the built-in rules keep even a 404 for 2 min.",
            paste='sub vcl_recv { if (req.url ~ "^/mcp") { return (pass); } }',
            verify="open",
        ),
    ),
    citations=(
        Citation(source="RFC 9111, 5.1: Age"),
        Citation(source="RFC 9110, 15.1: 404 may be cached without being told to"),
        Citation(source="https://bunny.net/docs/cdn/server-sent-events"),
    ),
)
def cdn_caches_stream(case: Case) -> Judgement:
    """A cache answers the GET with what it once answered somebody else."""
    streams = [seen for seen in case.live_gets if seen.is_event_stream]
    if not streams:
        return unknown(say("cdn-caches-stream.unknown"))
    signs = [sign for seen in streams if (sign := cache_sign(case, seen))]
    if signs:
        return present(
            say(
                "cdn-caches-stream.present",
                n_signs=len(signs),
                n_streams=len(streams),
                signs=signs[0],
            ),
            "open",
            "hold",
        )
    kept = _kept_refusal(case)
    if kept is None:
        return absent(
            say("cdn-caches-stream.absent"),
            *case.probes_of(streams, "open"),
        )
    return present(
        say(
            "cdn-caches-stream.present.was-answered-by-a",
            label=kept.label,
            answer=answer(kept),
            cache_sign=cache_sign(case, kept),
        ),
        "open",
        "reopen",
        impact="degraded",
    )


def _kept_refusal(case: Case) -> Exchange | None:
    """Return a GET that a cache refused; a 405 is the same for all and does no harm."""
    opened = case.opened
    asked = (*case.gets, *((opened.made_up, opened.ended_get) if opened else ()))
    refused = (s for s in asked if s is not None and s.answered and not s.accepted)
    return next((s for s in refused if s.status != 405 and cache_sign(case, s)), None)
