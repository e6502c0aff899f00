"""The cause `no-route`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from streamtriage.causes.asked_again import questions
from streamtriage.causes.authorship import gateway_of
from streamtriage.causes.cause import ANY, cause
from streamtriage.causes.explains import refused
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.knowledge.fingerprints import traces
from streamtriage.model import CauseId, Citation, Fix
from streamtriage.model.message import say
from streamtriage.model.observation import Phase
from streamtriage.wording import answer, quoted

if TYPE_CHECKING:
    from streamtriage.model import Exchange
    from streamtriage.observations.case import Case

__all__ = ["no_route"]

# Pages of edges bear the number of the request, and a moment.
_NUMBERS = re.compile(r"[0-9a-f-]*\d[0-9a-f:.-]*", re.IGNORECASE)
# A hop that has no rule for a host says so by 404, Cloudflare by 530 too (its tunnel is
# not known). 502 and 503 may as well be a server that is down, a limit or maintenance.
_STATUSES = (404, 410, 530)


@cause(
    owner="proxy",
    scope="deployment configuration",
    impact="fatal",
    eras=ANY,
    look_alike=CauseId("wrong-path"),
    explains=(refused(*_STATUSES, at=(Phase.GREET,)),),
    fixes=(
        Fix(
            where="Cloudflare Tunnel, config.yml",
            what="Give the host a rule before the catch-all.",
            paste="ingress:\n  - hostname: HOST\n    service: http://localhost:8000\n"
            "  - service: http_status:404",
            verify="follow-up",
        ),
        Fix(
            where="an ingress or gateway (Kubernetes shown)",
            what="Add a rule for this host; without one the default backend answers.",
            paste="rules:\n- host: HOST\n  http:\n    paths:\n    - path: /mcp\n"
            "      pathType: Prefix\n      backend:\n        service:\n"
            "          name: mcp\n          port:\n            number: 80",
            verify="follow-up",
        ),
        Fix(
            where="the client's MCP configuration",
            what="Check the host: another name may lead to the same address.",
            paste='"url": "https://HOST/mcp"',
            verify="follow-up",
        ),
    ),
    citations=(
        Citation(
            source="https://developers.cloudflare.com/cloudflare-one/networks/"
            "connectors/cloudflare-tunnel/do-more-with-tunnels/local-management/"
            "configuration-file/"
        ),
        Citation(
            source="https://github.com/anthropics/claude-ai-mcp/issues/63", grade="I"
        ),
        Citation(
            source="https://kubernetes.io/docs/concepts/services-networking/ingress/"
            "#default-backend"
        ),
    ),
)
def no_route(case: Case) -> Judgement:
    """The edge before the server has no route for this host, whatever the path."""
    asked = [each for each in questions(case) if each.request == "initialize"]
    if not asked:
        return unknown(say("no-route.unknown"))
    first = asked[0].again
    tried = [c for c in asked[0].changes if c.kind in ("slash", "path")]
    if not any(c.id == "path-made-up" for c in tried):
        return unknown(say("no-route.unknown.no-path-that-nobody"))
    if first.status not in _STATUSES:
        return absent(say("no-route.absent", answer=answer(first)), "follow-up")
    other = next((c for c in tried if not _alike(c.tried, first)), None)
    if other is not None:
        return absent(
            say(
                "no-route.absent.not-every-path-is",
                says=other.says,
                answer=answer(other.tried),
                tried=quoted(other.tried),
            ),
            "follow-up",
        )
    said = (
        say("no-route.said")
        if not first.body_bytes
        else say("no-route.said.in-one-text", first=quoted(first))
    )
    text = say("no-route.text", n_tried=len(tried) + 1, answer=answer(first), said=said)
    edge = _edge(first)
    if edge and "x-powered-by" not in first.headers:
        return present(
            say("no-route.present", text=text, edge=edge),
            "follow-up",
        )
    return suspected(
        say("no-route.suspected", text=text),
        say("no-route.suspected.settle"),
        "follow-up",
    )


def _alike(one: Exchange, other: Exchange) -> bool:
    """Tell whether two refusals are the same but for the numbers of a request."""
    return (one.status, one.media_type, _words(one)) == (
        other.status,
        other.media_type,
        _words(other),
    )


def _words(seen: Exchange) -> str:
    return _NUMBERS.sub("#", seen.excerpt)


def _edge(seen: Exchange) -> str:
    """Return the hop that wrote it: by its page, or by a trace on an empty answer.

    A hop leaves its trace on what it passes on, too, so words that are not its own may
    be those of a server behind it.
    """
    page = gateway_of(seen)
    hops = traces((seen,), "", "")
    if page or seen.body_bytes or not hops:
        return page
    return hops[0].product
