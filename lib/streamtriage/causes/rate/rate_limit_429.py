"""The cause `rate-limit-429`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import ANY, ComesAndGoes, cause
from streamtriage.causes.explains import EVERY_ANSWER, refused, text
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.causes.pasted_loop import loop_told, own_share
from streamtriage.model import CauseId, Citation, Fix
from streamtriage.model.message import say
from streamtriage.wording import answer

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["rate_limit_429"]


@cause(
    owner="server",
    scope="quota/rate",
    impact="degraded",
    eras=ANY,
    look_alike=CauseId("gateway-blocks-get"),
    comes_and_goes=ComesAndGoes("by lot", "a limiter forgets after a while"),
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
            return unknown(say("rate-limit-429.unknown"))
        told = loop_told(case)
        if told:
            return suspected(
                say("rate-limit-429.suspected", told=told),
                say("rate-limit-429.suspected.settle"),
                *case.probes_of(case.exchanges, "open"),
                owner="client",
            )
        return absent(
            say("rate-limit-429.absent"), *case.probes_of(case.exchanges, "open")
        )
    first = min(limited, key=lambda seen: seen.started_s)
    after = first.headers.get("retry-after")
    wait = say("rate-limit-429.wait", after=after) if after else ""
    loop = loop_told(case)
    return present(
        say(
            "rate-limit-429.present",
            label=first.label,
            answer=answer(first),
            wait=wait,
            own_share=own_share(case, first),
            loop=loop,
        ),
        "open",
        owner="client" if loop else None,
    )
