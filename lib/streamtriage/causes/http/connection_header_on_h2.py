"""The cause `connection-header-on-h2`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import ANY, cause
from streamtriage.causes.explains import EVERY_ANSWER, malformed
from streamtriage.causes.judgement import Judgement, absent, present, unknown
from streamtriage.model import CauseId, Citation, Fix
from streamtriage.model.message import say
from streamtriage.observations.malformed import forbidden_field

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["connection_header_on_h2"]

_SHOWN = malformed("connection-header", at=EVERY_ANSWER)


@cause(
    owner="server",
    scope="deployment configuration",
    impact="degraded",
    eras=ANY,
    look_alike=CauseId("h2-stream-reset"),
    explains=(_SHOWN,),
    fixes=(
        Fix(
            where="the server that speaks HTTP/2 itself",
            what="Leave `Connection` and `Keep-Alive` out of the response.",
            paste="res.removeHeader('Connection');  // HTTP/2 forbids it",
            verify="open",
        ),
    ),
    citations=(
        Citation(source="RFC 9113, 8.2.2: Connection-Specific Header Fields"),
        Citation(source="https://github.com/nestjs/nest/issues/17597", grade="I"),
        Citation(source="https://github.com/databricks/appkit/issues/331", grade="I"),
    ),
)
def connection_header_on_h2(case: Case) -> Judgement:
    """The response carries `Connection` over HTTP/2, which makes it malformed."""
    answered = [seen for seen in case.exchanges if seen.answered]
    if not answered:
        return unknown(say("connection-header-on-h2.unknown"))
    over_h2 = [seen for seen in answered if seen.http_version == "HTTP/2"]
    if not over_h2:
        return absent(
            say("connection-header-on-h2.absent"), *case.probes_of(answered, "open")
        )
    broken = [seen for seen in over_h2 if forbidden_field(seen)]
    if not broken:
        return absent(
            say("connection-header-on-h2.absent.no-http-2-response"),
            *case.probes_of(over_h2, "open"),
        )
    methods = " and ".join(sorted({seen.method for seen in broken}))
    return present(
        say(
            "connection-header-on-h2.present",
            n_broken=len(broken),
            n_over_h2=len(over_h2),
            methods=methods,
            forbidden_field=forbidden_field(broken[0]),
        ),
        "open",
        "handshake",
    )
