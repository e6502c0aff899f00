"""The cause `gateway-refuses-reopening`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.authorship import foreign_writer, gateway_of
from streamtriage.causes.cause import cause
from streamtriage.causes.explains import REOPENING, refused
from streamtriage.causes.intermediaries import HOP_STATUSES, whose
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.causes.reopening import is_refused_for_good
from streamtriage.model import CauseId, Citation, Fix, Reopening
from streamtriage.model.message import say
from streamtriage.wording import answer, counted, listed

if TYPE_CHECKING:
    from streamtriage.model import Exchange
    from streamtriage.model.message import Text
    from streamtriage.observations.case import Case

__all__ = ["gateway_refuses_reopening"]

# What a hop answers for a server that it does not reach, or a request that it forbids.
_REFUSALS = (403, 404, 503, *HOP_STATUSES)
# One refusal may be a moment's trouble.
_LEAST = 2


@cause(
    owner="proxy",
    scope="deployment configuration",
    impact="degraded",
    look_alike=CauseId("deploy-window-5xx"),
    explains=(refused(403, 404, 502, 503, 504, range(520, 531), at=REOPENING),),
    fixes=(
        Fix(
            where="nginx",
            what="Give each stream a connection of its own to the server, and let that "
            "go when the client is gone; error_log says why the second GET failed.",
            paste='proxy_http_version 1.1;\nproxy_set_header Connection "";\n'
            "proxy_ignore_client_abort off;\nproxy_buffering off;",
            verify="reopen",
        ),
        Fix(
            where="Envoy, Istio",
            what="Look at the response flags of the second GET in the access log: UO "
            "is a circuit breaker that counts the old stream, UF a dead connection.",
            paste="circuit_breakers:\n  thresholds:\n"
            "    - {max_connections: 4096, max_requests: 4096}",
            verify="reopen",
        ),
        Fix(
            where="HAProxy",
            what="Let the server's side go when the client is gone, and count streams "
            "into `maxconn`.",
            paste="option abortonclose\nserver mcp1 127.0.0.1:8000 maxconn 1000",
            verify="reopen",
        ),
        Fix(
            where="the gateway, until it is mended",
            what="Have it answer GET with 405: clients then do without the stream and "
            "write no error.",
            paste="if ($request_method = GET) { return 405; }  # nginx",
            verify="open",
        ),
    ),
    citations=(
        Citation(source="RFC 9110, 15.6.3 and 15.6.5: 502 and 504 come from gateways"),
        Citation(
            source="typescript-sdk 1.30.0 src/client/streamableHttp.ts: two tries, and "
            "no more"
        ),
    ),
)
def gateway_refuses_reopening(case: Case) -> Judgement:
    """A hop lets each session open its stream once and refuses to open it again."""
    gets = sorted(case.gets, key=lambda seen: seen.started_s)
    streams = [seen for seen in gets if seen.is_event_stream]
    tried = [r for r in case.reopenings if r.first.is_event_stream and r.attempts]
    later = [
        seen
        for seen in gets
        if streams and seen.started_s > streams[0].started_s and _refuses(seen)
    ]
    if not streams or not (tried or later):
        return unknown(say("gateway-refuses-reopening.unknown"))
    again = [r for r in tried if not _refused(r)]
    if again or len(later) < _LEAST:
        return absent(
            say(
                "gateway-refuses-reopening.absent",
                streams=counted(len(tried), "stream"),
                n_again=len(again),
            ),
            *case.probes_of(gets, "reopen"),
        )
    if not tried and len(streams) > 1:
        return absent(
            say(
                "gateway-refuses-reopening.absent.of-opened-a-stream",
                n_streams=len(streams),
                gets=counted(len(gets), "GET"),
            ),
            *case.probes_of(gets, "open"),
        )
    if not case.posts_work or not all(_works(r) for r in tried):
        return absent(
            say("gateway-refuses-reopening.absent.post-did-not-work"),
            "reopen",
        )
    if not is_refused_for_good(case):
        return absent(say("gateway-refuses-reopening.absent.for-a-while"), "reopen")
    first = later[0]
    text = say(
        "gateway-refuses-reopening.text",
        gets=counted(len(streams), "GET"),
        n_later=len(later),
        answers=_answers(later),
    )
    why = _by_a_hop(case, first)
    if why:
        return present(
            say("gateway-refuses-reopening.present", text=text, why=why),
            "reopen",
            "hold",
        )
    return suspected(
        say("gateway-refuses-reopening.suspected", text=text),
        say("gateway-refuses-reopening.suspected.settle"),
        "reopen",
        owner=whose(case),
    )


def _refused(seen: Reopening) -> bool:
    """True when every try was refused as a hop refuses, on each of the moments."""
    return not seen.recovered and all(_refuses(a.get) for a in seen.attempts)


def _refuses(seen: Exchange) -> bool:
    own = seen.jsonrpc_code is not None or "session" in seen.excerpt.lower()
    return seen.status in _REFUSALS and not own


def _works(seen: Reopening) -> bool:
    return bool(seen.posts) and all(post.accepted for post in seen.posts)


def _answers(tries: list[Exchange]) -> Text:
    """Return every answer that the tries got, and how often if they differ."""
    said = [answer(each) for each in tries]
    kinds = list(dict.fromkeys(said))
    if len(kinds) == 1:
        return kinds[0]
    return listed(
        [
            say(
                "refused-again.answers", one=one, times=counted(said.count(one), "time")
            )
            for one in kinds
        ]
    )


def _by_a_hop(case: Case, seen: Exchange) -> Text:
    who = gateway_of(seen)
    if who:
        return say("refused-again.by-a-hop", who=who)
    if seen.status in HOP_STATUSES:
        return say("refused-again.by-a-hop.that-status-is-what")
    return foreign_writer(seen, case.posts)
