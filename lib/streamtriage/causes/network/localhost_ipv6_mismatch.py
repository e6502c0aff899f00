"""The cause `localhost-ipv6-mismatch`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import ANY, cause
from streamtriage.causes.connect import first_hop, twin_serves
from streamtriage.causes.explains import not_reached
from streamtriage.causes.judgement import Judgement, absent, present, suspected
from streamtriage.model import CauseId, Citation, Failure, Fix, ReachEvidence
from streamtriage.model.message import say
from streamtriage.model.observation import Phase
from streamtriage.wording import answer

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["localhost_ipv6_mismatch"]

_BOTH_FAMILIES = (
    Fix(
        where="the client's MCP configuration",
        what="Name the address that the server listens on instead of `localhost`.",
        paste='"url": "http://ADDRESS:PORT/mcp"',
        verify="reach",
    ),
    Fix(
        where="a Node server",
        what="Listen on both families: `localhost` alone binds only one of them.",
        paste="app.listen(port, '::');  // dual stack, also reached by 127.0.0.1",
        verify="reach",
    ),
    Fix(
        where="uvicorn",
        what="Listen on IPv4 loopback, the one that clients most often mean.",
        paste="uvicorn app:app --host 127.0.0.1 --port PORT",
        verify="reach",
    ),
)


@cause(
    owner="server",
    scope="local runtime",
    impact="fatal",
    eras=ANY,
    look_alike=CauseId("tcp-refused-server-down"),
    explains=(not_reached(Failure.REFUSED, Failure.UNREACHABLE, at=(Phase.NETWORK,)),),
    fixes=_BOTH_FAMILIES,
    citations=(
        Citation(
            source="https://github.com/smart-mcp-proxy/mcpproxy-go/issues/38", grade="I"
        ),
        Citation(source="RFC 6761, 6.3: localhost means both loopback addresses"),
    ),
)
def localhost_ipv6_mismatch(case: Case) -> Judgement:
    """The server listens on one loopback family and the URL means the other."""
    reach = first_hop(case)
    if isinstance(reach, Judgement):
        return reach
    if not reach.twins and reach.host != "localhost":
        return absent(say("localhost-ipv6-mismatch.absent"), "reach")
    accepting = [
        a.ip for a in (*reach.addresses, *reach.twins) if a.connect_s is not None
    ]
    refusing = [
        a.ip for a in (*reach.addresses, *reach.twins) if a.failure is Failure.REFUSED
    ]
    if not (accepting and refusing):
        return absent(
            say("localhost-ipv6-mismatch.absent.both-loopback-families-answer")
            + (
                say("localhost-ipv6-mismatch.absent.accept", join=", ".join(accepting))
                if accepting
                else say("localhost-ipv6-mismatch.absent.neither-accepts")
            ),
            "reach",
        )
    if any(a.connect_s is not None for a in reach.addresses):
        return _through(case, reach, accepting, refusing)
    text = say(
        "localhost-ipv6-mismatch.text",
        join=", ".join(refusing),
        port=reach.port,
        join_2=", ".join(accepting),
        host=reach.host,
    )
    if twin_serves(reach) and reach.twin_answer is not None:
        return present(
            say(
                "localhost-ipv6-mismatch.present",
                text=text,
                answer=answer(reach.twin_answer),
            ),
            "reach",
        )
    return suspected(
        say("localhost-ipv6-mismatch.suspected", text=text),
        say(
            "localhost-ipv6-mismatch.suspected.settle",
            accepting=accepting[0],
            host=reach.host,
        ),
        "reach",
    )


def _through(
    case: Case, reach: ReachEvidence, accepting: list[str], refusing: list[str]
) -> Judgement:
    """Judge a URL that can be reached: only some clients stop at the first refusal."""
    pasted = case.intake.error
    blamed = [ip for ip in refusing if f"ECONNREFUSED {ip}:{reach.port}" in pasted]
    text = say(
        "address.through.text",
        join=", ".join(refusing),
        port=reach.port,
        join_2=", ".join(accepting),
    )
    if blamed and reach.host == "localhost":
        return present(
            say("address.through.present", text=text, blamed=blamed[0]),
            "reach",
        )
    return absent(say("address.through.absent", text=text), "reach")
