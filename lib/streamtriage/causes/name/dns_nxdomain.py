"""The cause `dns-nxdomain`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import ANY, ComesAndGoes, cause
from streamtriage.causes.connect import first_hop
from streamtriage.causes.explains import not_reached
from streamtriage.causes.judgement import Judgement, absent, present, suspected
from streamtriage.model import CauseId, Citation, Failure, Fix
from streamtriage.model.message import say
from streamtriage.model.observation import Phase

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["dns_nxdomain"]


@cause(
    owner="network",
    scope="deployment configuration",
    impact="fatal",
    eras=ANY,
    look_alike=CauseId("proxy-env-connect-refused"),
    comes_and_goes=ComesAndGoes("by lot", "resolvers differ, and remember for a while"),
    explains=(
        not_reached(Failure.DNS_NOT_FOUND, Failure.DNS_FAILED, at=(Phase.NAME,)),
    ),
    fixes=(
        Fix(
            where="the client's MCP configuration, or the DNS zone",
            what="Correct the host name, or connect the VPN whose DNS knows it.",
            paste="getent hosts HOST",
            verify="reach",
        ),
    ),
    citations=(Citation(source="RFC 8020, NXDOMAIN means the name does not exist"),),
)
def dns_nxdomain(case: Case) -> Judgement:
    """The server's name does not exist for this machine's resolver."""
    reach = first_hop(case)
    if isinstance(reach, Judgement):
        return reach
    if reach.failure is Failure.DNS_NOT_FOUND:
        return present(
            say(
                "dns-nxdomain.present",
                host=reach.host,
                failure_detail=reach.failure_detail,
            ),
            "reach",
        )
    if reach.failure in (Failure.DNS_FAILED, Failure.TIMED_OUT) and not reach.addresses:
        return suspected(
            say(
                "dns-nxdomain.suspected",
                host=reach.host,
                failure_detail=reach.failure_detail or reach.failure,
            ),
            say("dns-nxdomain.suspected.settle", host=reach.host),
            "reach",
        )
    return absent(
        say("dns-nxdomain.absent", host=reach.host, n_addresses=len(reach.addresses)),
        "reach",
    )
