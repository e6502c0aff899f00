"""Causes in the way to an address: no answer at all, or the wrong loopback family."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import ANY, cause
from streamtriage.causes.explains import not_reached
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.causes.network import first_hop, twin_serves
from streamtriage.causes.words import answer
from streamtriage.model import Citation, Failure, Fix, ReachEvidence
from streamtriage.model.message import say
from streamtriage.model.observation import Phase

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = [
    "address_unreachable",
    "localhost_ipv6_mismatch",
    "tcp_blackhole_timeout",
]


@cause(
    layer="network",
    owner="network",
    scope="deployment configuration",
    impact="fatal",
    eras=ANY,
    look_alike="headers-never-flushed",
    explains=(not_reached(Failure.CONNECT_TIMED_OUT, at=(Phase.NETWORK,)),),
    fixes=(
        Fix(
            where="the firewall or security group before the server",
            what="Let TCP to the server's port in from this network, and answer what "
            "is not allowed with a reset, so that clients fail at once.",
            paste="nft add rule inet filter input tcp dport PORT accept",
            verify="reach",
        ),
        Fix(
            where="this machine",
            what="Connect the VPN whose network the address belongs to.",
            paste="ip route get ADDRESS",
            verify="reach",
        ),
    ),
    citations=(
        Citation(source="RFC 9293, 3.8.3: a SYN that nobody answers is sent again"),
        Citation(
            source="undici lib/core/connect.js: UND_ERR_CONNECT_TIMEOUT after 10 s"
        ),
    ),
)
def tcp_blackhole_timeout(case: Case) -> Judgement:
    """Packets to the server's address vanish: the connection is never answered."""
    reach = first_hop(case)
    if isinstance(reach, Judgement):
        return reach
    if not reach.addresses:
        return unknown(say("tcp-blackhole-timeout.unknown"))
    where = f"{reach.host}:{reach.port}"
    if any(a.connect_s is not None for a in reach.addresses):
        return absent(say("tcp-blackhole-timeout.absent", where=where), "reach")
    silent = [a for a in reach.addresses if a.failure is Failure.CONNECT_TIMED_OUT]
    if not silent:
        first = reach.addresses[0].failure
        return absent(
            say(
                "tcp-blackhole-timeout.absent.address-was-answered",
                where=where,
                first=first,
            ),
            "reach",
        )
    names = ", ".join(a.ip for a in silent)
    refused = [a.ip for a in reach.addresses if a.failure is Failure.REFUSED]
    if refused:
        return suspected(
            say(
                "tcp-blackhole-timeout.suspected", names=names, join=", ".join(refused)
            ),
            say("tcp-blackhole-timeout.suspected.settle"),
            "reach",
        )
    return present(
        say("tcp-blackhole-timeout.present", names=names, port=reach.port),
        "reach",
    )


@cause(
    layer="network",
    owner="network",
    scope="local runtime",
    impact="fatal",
    eras=ANY,
    look_alike="tcp-blackhole-timeout",
    explains=(not_reached(Failure.UNREACHABLE, at=(Phase.NETWORK,)),),
    fixes=(
        Fix(
            where="this machine",
            what="See which way leads to the address, and connect the network or the "
            "VPN that it belongs to.",
            paste="ip route get ADDRESS",
            verify="reach",
        ),
        Fix(
            where="the server's DNS zone",
            what="Give the name an IPv4 address too: many networks have no IPv6.",
            paste="HOST.  300  IN  A  ADDRESS",
            verify="reach",
        ),
        Fix(
            where="Docker, where the client runs in a container",
            what="Give its network IPv6, or use a name that leads to IPv4.",
            paste="docker network create --ipv6 NETWORK",
            verify="reach",
        ),
    ),
    citations=(
        Citation(source="connect(2), Linux: ENETUNREACH, EHOSTUNREACH"),
        Citation(source="RFC 8305: clients try the other addresses of a name"),
        Citation(
            source="a name with an AAAA record alone, on Linux without IPv6", grade="L"
        ),
    ),
)
def address_unreachable(case: Case) -> Judgement:
    """No way leads from this machine to the address of the server."""
    reach = first_hop(case)
    if isinstance(reach, Judgement):
        return reach
    if not reach.addresses:
        return unknown(say("address-unreachable.unknown"))
    other = [a for a in reach.addresses if a.failure is not Failure.UNREACHABLE]
    if other:
        opened = other[0].connect_s is not None
        came = (
            say("address-unreachable.came")
            if opened
            else say("address-unreachable.came.was-answered", failure=other[0].failure)
        )
        return absent(
            say(
                "address-unreachable.absent", ip=other[0].ip, port=reach.port, came=came
            ),
            "reach",
        )
    names = ", ".join(a.ip for a in reach.addresses)
    text = say("address-unreachable.text", names=names, port=reach.port)
    if all(":" in a.ip for a in reach.addresses):
        return present(
            say("address-unreachable.present", text=text),
            "reach",
        )
    return present(say("address-unreachable.present.a-vpn-may-be", text=text), "reach")


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
    layer="network",
    owner="server",
    scope="local runtime",
    impact="fatal",
    eras=ANY,
    look_alike="tcp-refused-server-down",
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
