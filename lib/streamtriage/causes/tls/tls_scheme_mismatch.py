"""The cause `tls-scheme-mismatch`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import ANY, cause
from streamtriage.causes.connect import first_hop
from streamtriage.causes.explains import malformed, not_reached, refused, unanswered
from streamtriage.causes.judgement import Judgement, absent, present, unknown
from streamtriage.model import CauseId, Citation, Failure, Fix
from streamtriage.model.message import say
from streamtriage.model.observation import Phase
from streamtriage.wording import answer

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["tls_scheme_mismatch"]


@cause(
    owner="client",
    scope="local runtime",
    impact="fatal",
    eras=ANY,
    look_alike=CauseId("tcp-refused-server-down"),
    explains=(
        not_reached(Failure.TLS_FAILED, at=(Phase.TLS, Phase.GREET)),
        refused(400, 403, 426, at=(Phase.GREET,)),
        unanswered(at=(Phase.GREET,)),
        malformed("not-http", at=(Phase.GREET,)),
    ),
    fixes=(
        Fix(
            where="the client's MCP configuration",
            what="Use the other scheme in the URL, or the port that speaks this one.",
            paste='"url": "SCHEME://HOST:PORT/mcp"',
            verify="tls",
        ),
    ),
    citations=(
        Citation(
            source="Node 24: ERR_SSL_WRONG_VERSION_NUMBER; Bun 1.4: EPROTO", grade="L"
        ),
    ),
)
def tls_scheme_mismatch(case: Case) -> Judgement:
    """The URL says https and the port speaks plain HTTP, or the other way round."""
    reach = first_hop(case)
    if isinstance(reach, Judgement):
        return reach
    more = case.tls
    where = f"{reach.host}:{reach.port}"
    if more is not None and more.over_plain is not None and more.over_plain.answered:
        return present(
            say(
                "tls-scheme-mismatch.present",
                where=where,
                answer=answer(more.over_plain),
            ),
            "tls",
        )
    if more is not None and more.over_tls is not None and more.over_tls.version:
        return present(
            say(
                "tls-scheme-mismatch.present.the-url-says-http",
                where=where,
                version=more.over_tls.version,
                join=", ".join(more.over_tls.names)
                or say("tls-scheme-mismatch.present.no-name"),
            ),
            "tls",
        )
    if reach.failure is None:
        text = say("tls-scheme-mismatch.text", where=where, scheme=reach.scheme)
        return absent(text, "reach")
    if reach.tls is not None and reach.tls.failure is not None and reach.tls.version:
        return absent(say("tls-scheme-mismatch.absent", where=where), "reach")
    if more is None:
        return unknown(say("tls-scheme-mismatch.unknown", where=where))
    return absent(
        say("tls-scheme-mismatch.absent.address-answers-neither-tls", where=where),
        "tls",
    )
