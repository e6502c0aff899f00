"""The cause `gateway-blocks-get`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.authorship import foreign_writer, gateway_of
from streamtriage.causes.cause import Taken, cause
from streamtriage.causes.explains import EVERY_GET, STREAM_GETS, Predicts, refused
from streamtriage.causes.first_gets import first_gets
from streamtriage.causes.intermediaries import HOP_STATUSES
from streamtriage.causes.judgement import Judgement, absent, present, suspected
from streamtriage.causes.stream_ages import times
from streamtriage.causes.waits import failed_alike, waited_s
from streamtriage.model import CauseId, Citation, Exchange, Fix
from streamtriage.model.message import say
from streamtriage.wording import answer, counted, seconds

if TYPE_CHECKING:
    from streamtriage.model.message import Text
    from streamtriage.observations.case import Case

__all__ = ["gateway_blocks_get"]

# A refusal that took so long was waited for.
_WAITED_S = 2.0
_SHOWN = refused(403, 404, 502, 503, 504, range(520, 531), at=STREAM_GETS)


@cause(
    owner="proxy",
    scope="deployment configuration",
    impact="degraded",
    look_alike=CauseId("get-not-implemented-404"),
    remedies=("allow-get",),
    reported_as=("gateway-buffers-get",),
    issues=("Vexa-ai/vexa#795",),
    taken_for_it=(
        Taken(
            cause="requestinit-not-on-get-v1",
            title="The client's proxy, agent or certificate is used for POST and not "
            "for "
            "GET",
            why="It is in the client program's own code: this tool sends GET and POST "
            "the same way, so it sees a GET that works where the client's does not."
            " A program on the TypeScript SDK 1.x that passes `requestInit` or a "
            "dispatcher has it.",
            source="https://github.com/modelcontextprotocol/typescript-sdk/issues/1592",
            grade="I",
            date="2026-11-23",
        ),
    ),
    explains=(_SHOWN,),
    predicts=(Predicts(EVERY_GET, _SHOWN),),
    fixes=(
        Fix(
            where="nginx",
            what="Let GET and DELETE through on the MCP path, unbuffered.",
            paste="location /mcp {\n    limit_except GET POST DELETE { deny all; }\n"
            "    proxy_pass http://mcp_backend;\n    proxy_buffering off;\n"
            "    proxy_read_timeout 1h;\n}",
            verify="open",
        ),
        Fix(
            where="a gateway that cannot stream (nginx shown)",
            what="Have it answer GET with 405 itself, so that clients stop asking.",
            paste="if ($request_method = GET) { return 405; }",
            verify="open",
        ),
    ),
    citations=(
        Citation(source="https://github.com/Vexa-ai/vexa/issues/795", grade="I"),
        Citation(
            source="https://nginx.org/en/docs/http/ngx_http_core_module.html#limit_except"
        ),
        Citation(source="RFC 9110, 15.6.3 and 15.6.5: 502 and 504 come from gateways"),
    ),
)
def gateway_blocks_get(case: Case) -> Judgement:
    """A hop in front of the server refuses GET and lets POST through."""
    gets = first_gets(case)
    if isinstance(gets, Judgement):
        return gets
    first = gets[0]
    if any(seen.accepted for seen in gets) or _let_through(case):
        return absent(say("gateway-blocks-get.absent"), "open", "concurrent")
    # A 404 is as a rule the server's own; a hop's page says otherwise.
    no_route = first.status == 404 and gateway_of(first) and not _no_route(case)
    if first.status not in (403, 503, *HOP_STATUSES) and not no_route:
        return absent(
            say("gateway-blocks-get.absent.the-get-was-answered", answer=answer(first)),
            "open",
        )
    if first.status == 524 and "cf-ray" in first.headers:
        return absent(
            say("gateway-blocks-get.absent.cloudflare-let-the-get"),
            "open",
        )
    if first.jsonrpc_code is not None or "www-authenticate" in first.headers:
        return absent(
            say(
                "gateway-blocks-get.absent.the-refusal-was-written",
                answer=answer(first),
            ),
            "open",
        )
    posts = [s for s in case.exchanges if s.method == "POST" and s.session != "made-up"]
    too = [seen for seen in posts if seen.status == first.status and _like(seen, first)]
    if too:
        return absent(
            say(
                "gateway-blocks-get.absent.was-answered-as-well",
                label=too[0].label,
                answer=answer(too[0]),
            ),
            *case.probes_of(too, "open"),
        )
    out = failed_alike(case)
    if out:
        return absent(
            say(
                "gateway-blocks-get.absent.failed-after-a-wait",
                gets=counted(len(out), "GET"),
                times=times([waited_s(g) for g in out]),
            ),
            *case.probes_of(out, "open"),
        )
    text = say(
        "gateway-blocks-get.text",
        gets=counted(len(gets), "GET"),
        answer=answer(first),
        after=_after(first),
    )
    why = _written_by_a_hop(case, first)
    if why:
        return present(
            say("gateway-blocks-get.present", text=text, why=why), "open", "handshake"
        )
    return suspected(
        say("gateway-blocks-get.suspected", text=text),
        say("gateway-blocks-get.suspected.settle"),
        "open",
    )


def _let_through(case: Case) -> bool:
    """Tell whether the GET that was held while POSTs were sent got a stream."""
    found = case.concurrent
    held = (found.stream, found.again_stream) if found is not None else ()
    return any(seen is not None and seen.is_event_stream for seen in held)


def _no_route(case: Case) -> bool:
    """Tell whether a GET without a session is answered 404 too: no GET has a route."""
    none = case.opened.none if case.opened is not None else None
    return none is None or not none.answered or none.status == 404


def _like(one: Exchange, other: Exchange) -> bool:
    """Tell whether two refusals are of one kind, by who wrote them."""
    same = one.excerpt == other.excerpt
    return one.jsonrpc_code is None and (same or one.media_type == other.media_type)


def _written_by_a_hop(case: Case, seen: Exchange) -> Text:
    who = gateway_of(seen)
    if who:
        return say("limits.written-by-a-hop", who=who)
    if seen.status in HOP_STATUSES:
        return say("limits.written-by-a-hop.that-status-is-what")
    return foreign_writer(seen, case.posts)


def _after(seen: Exchange) -> Text:
    late = seen.headers_s is not None and seen.headers_s >= _WAITED_S
    return say("limits.after", headers_s=seconds(seen.headers_s)) if late else ""
