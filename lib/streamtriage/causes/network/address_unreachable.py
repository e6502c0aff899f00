"""The cause `address-unreachable`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import ANY, ComesAndGoes, cause
from streamtriage.causes.connect import first_hop
from streamtriage.causes.explains import not_reached
from streamtriage.causes.judgement import Judgement, absent, present, unknown
from streamtriage.model import CauseId, Citation, Failure, Fix
from streamtriage.model.message import say
from streamtriage.model.observation import Phase

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["address_unreachable"]


@cause(
    owner="network",
    scope="local runtime",
    impact="fatal",
    eras=ANY,
    look_alike=CauseId("tcp-blackhole-timeout"),
    comes_and_goes=ComesAndGoes("by lot", "a network or a VPN comes and goes"),
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
