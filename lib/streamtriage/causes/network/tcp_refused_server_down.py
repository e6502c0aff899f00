"""The cause `tcp-refused-server-down`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import ANY, cause
from streamtriage.causes.connect import first_hop, twin_serves
from streamtriage.causes.explains import not_reached
from streamtriage.causes.judgement import Judgement, absent, present, unknown
from streamtriage.model import CauseId, Citation, Failure, Fix
from streamtriage.model.message import say
from streamtriage.model.observation import Phase

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["tcp_refused_server_down"]


@cause(
    owner="server",
    scope="deployment configuration",
    impact="fatal",
    eras=ANY,
    look_alike=CauseId("server-restart-session-lost"),
    explains=(not_reached(Failure.REFUSED, Failure.UNREACHABLE, at=(Phase.NETWORK,)),),
    fixes=(
        Fix(
            where="the server's host",
            what="Start the server and keep it started; check the port in the URL.",
            paste="ss -ltnp | grep :PORT",
            verify="reach",
        ),
    ),
    citations=(Citation(source="RFC 9293, 3.10.7.1: RST for a closed port"),),
)
def tcp_refused_server_down(case: Case) -> Judgement:
    """Nothing listens on the server's port."""
    reach = first_hop(case)
    if isinstance(reach, Judgement):
        return reach
    if not reach.addresses:
        return unknown(say("tcp-refused-server-down.unknown"))
    refused = [a for a in reach.addresses if a.failure is Failure.REFUSED]
    where = f"{reach.host}:{reach.port}"
    if len(refused) == len(reach.addresses):
        if twin_serves(reach):
            other = next(a.ip for a in reach.twins if a.connect_s is not None)
            return absent(say("tcp-refused-server-down.absent", other=other), "reach")
        return present(
            say(
                "tcp-refused-server-down.present",
                where=where,
                join=", ".join(a.ip for a in refused),
            ),
            "reach",
        )
    if any(a.connect_s is not None for a in reach.addresses):
        return absent(
            say("tcp-refused-server-down.absent.accepts-connections", where=where),
            "reach",
        )
    return absent(
        say("tcp-refused-server-down.absent.did-not-refuse-it", where=where), "reach"
    )
