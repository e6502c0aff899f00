"""The cause `tcp-blackhole-timeout`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import ANY, ComesAndGoes, cause
from streamtriage.causes.connect import first_hop
from streamtriage.causes.explains import not_reached
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.model import CauseId, Citation, Failure, Fix
from streamtriage.model.message import say
from streamtriage.model.observation import Phase

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["tcp_blackhole_timeout"]


@cause(
    owner="network",
    scope="deployment configuration",
    impact="fatal",
    eras=ANY,
    look_alike=CauseId("headers-never-flushed"),
    comes_and_goes=ComesAndGoes("by lot", "packets may take another way"),
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
