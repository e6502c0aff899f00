"""Causes in what a hop or a limiter lets through: methods and rates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.ages import times
from streamtriage.causes.cause import ANY, cause
from streamtriage.causes.explains import EVERY_ANSWER, STREAM_GETS, refused, text
from streamtriage.causes.gateway import foreign_writer, gateway_of
from streamtriage.causes.gets import first_gets
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.causes.pasted_loop import loop_told, own_share
from streamtriage.causes.waits import failed_alike, waited_s
from streamtriage.causes.words import answer, counted, seconds
from streamtriage.model import Citation, Exchange, Fix

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["HOP_STATUSES", "gateway_blocks_get", "rate_limit_429"]

# RFC 9110, 15.6.3 and 15.6.5: only who acts as a gateway answers 502 and 504; the
# others are Cloudflare's own for an origin that fails.
HOP_STATUSES = (502, 504, 520, 521, 522, 523, 524, 525, 526, 530)
# A refusal that took so long was waited for.
_WAITED_S = 2.0


@cause(
    layer="proxy",
    owner="proxy",
    scope="deployment configuration",
    impact="degraded",
    look_alike="get-not-implemented-404",
    explains=(refused(403, 502, 503, 504, range(520, 531), at=STREAM_GETS),),
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
    if any(seen.accepted for seen in gets):
        return absent("A GET was let through.", "open")
    if first.status not in (403, 503, *HOP_STATUSES):
        return absent(f"The GET was answered {answer(first)}.", "open")
    if first.status == 524 and "cf-ray" in first.headers:
        return absent(
            "Cloudflare let the GET through and waited for its answer; see "
            "cloudflare-100-125s.",
            "open",
        )
    if first.jsonrpc_code is not None or "www-authenticate" in first.headers:
        return absent(
            f"The refusal ({answer(first)}) was written by an MCP or OAuth layer, not "
            "by a gateway.",
            "open",
        )
    posts = [s for s in case.exchanges if s.method == "POST" and s.session != "made-up"]
    too = [seen for seen in posts if seen.status == first.status and _like(seen, first)]
    if too:
        return absent(
            f"`{too[0].label}` was answered {answer(too[0])} as well, so it is no "
            "matter of the method.",
            *case.probes_of(too, "open"),
        )
    out = failed_alike(case)
    if out:
        return absent(
            f"{counted(len(out), 'GET')} failed after "
            f"{times([waited_s(g) for g in out])}"
            ": a wait that ran out, no refusal.",
            *case.probes_of(out, "open"),
        )
    text = (
        f"{counted(len(gets), 'GET')} got {answer(first)}{_after(first)}, while POST "
        "works in the same sessions"
    )
    why = _written_by_a_hop(case, first)
    if why:
        return present(f"{text}; {why}.", "open", "handshake")
    return suspected(
        f"{text}; nothing in the answer says whether a hop or the server wrote it.",
        "Look for the GET in the server's own log: if it is not there, a hop refused.",
        "open",
    )


def _like(one: Exchange, other: Exchange) -> bool:
    """Tell whether two refusals are of one kind, by who wrote them."""
    same = one.excerpt == other.excerpt
    return one.jsonrpc_code is None and (same or one.media_type == other.media_type)


def _written_by_a_hop(case: Case, seen: Exchange) -> str:
    who = gateway_of(seen)
    if who:
        return f"the page is {who}'s"
    if seen.status in HOP_STATUSES:
        return "that status is what a gateway says when it gets no answer from behind"
    return foreign_writer(seen, case.posts)


def _after(seen: Exchange) -> str:
    late = seen.headers_s is not None and seen.headers_s >= _WAITED_S
    return f" after {seconds(seen.headers_s)}" if late else ""


@cause(
    layer="rate",
    owner="server",
    scope="quota/rate",
    impact="degraded",
    eras=ANY,
    look_alike="gateway-blocks-get",
    explains=(refused(429, at=EVERY_ANSWER), text("not-seen")),
    fixes=(
        Fix(
            where="the client, now",
            what="Wait as long as Retry-After says; then look for a loop: a GET that "
            "ends at once is asked again every second.",
            paste="grep -c 'GET /mcp' access.log",
            verify="open",
        ),
        Fix(
            where="nginx in front of the server",
            what="Raise the limit for the MCP path.",
            paste="# http\n"
            "limit_req_zone $binary_remote_addr zone=mcp:10m rate=10r/s;\n"
            "# location /mcp\nlimit_req zone=mcp burst=40 nodelay;\n"
            "limit_req_status 429;",
            verify="open",
        ),
    ),
    citations=(
        Citation(source="RFC 6585, 4: 429 Too Many Requests"),
        Citation(
            source="https://nginx.org/en/docs/http/ngx_http_limit_req_module.html"
        ),
    ),
)
def rate_limit_429(case: Case) -> Judgement:
    """The server, or a limiter before it, says that there were too many requests."""
    limited = [seen for seen in case.exchanges if seen.status == 429]
    if not limited:
        if not case.exchanges:
            return unknown("Nothing was asked over HTTP.")
        told = loop_told(case)
        if told:
            return suspected(
                f"No request was answered 429 now.{told}",
                "Run it again while the client runs, or count its GETs in the server's "
                "log.",
                *case.probes_of(case.exchanges, "open"),
                owner="client",
            )
        return absent(
            "No request was answered 429.", *case.probes_of(case.exchanges, "open")
        )
    first = min(limited, key=lambda seen: seen.started_s)
    after = first.headers.get("retry-after")
    wait = f", with Retry-After: {after}" if after else ""
    loop = loop_told(case)
    return present(
        f"`{first.label}` was answered {answer(first)}{wait}. This tool then sent "
        f"nothing more, so the rest is not measured.{own_share(case, first)}{loop}",
        "open",
        owner="client" if loop else None,
    )
