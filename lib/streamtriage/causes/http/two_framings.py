"""The cause `two-framings`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import ANY, cause
from streamtriage.causes.explains import EVERY_ANSWER, malformed
from streamtriage.causes.intermediaries import whose
from streamtriage.causes.judgement import Judgement, absent, present, unknown
from streamtriage.model import CauseId, Citation, Exchange, Fix
from streamtriage.model.message import say
from streamtriage.wording import listed

if TYPE_CHECKING:
    from streamtriage.model.message import Text
    from streamtriage.observations.case import Case

__all__ = ["two_framings"]


@cause(
    owner="server",
    scope="deployment configuration",
    impact="fatal",
    eras=ANY,
    look_alike=CauseId("bad-sse-bytes"),
    explains=(malformed("two-framings", "not-http", at=EVERY_ANSWER),),
    fixes=(
        Fix(
            where="a server or middleware on Node (Hono, Express shown)",
            what="Do not copy the length from one answer to another: leave "
            "Content-Length out where the body is written in pieces.",
            paste="headers.delete('content-length');",
            verify="handshake",
        ),
        Fix(
            where="the hop before the server",
            what="Where it writes chunks, it must take Content-Length off.",
            paste="proxy_hide_header Content-Length;  # nginx",
            verify="handshake",
        ),
    ),
    citations=(
        Citation(source="RFC 9112, 6.3: Message Body Length, items 3 and 5"),
        Citation(source="RFC 9112, 6.1: a sender MUST NOT send both"),
        Citation(source="https://github.com/honojs/node-server/issues/270", grade="I"),
        Citation(
            source="Node 20.20 (llhttp): HPE_UNEXPECTED_CONTENT_LENGTH", grade="L"
        ),
    ),
)
def two_framings(case: Case) -> Judgement:
    """A response says twice how long it is, so strict clients refuse it."""
    framed = [seen for seen in case.exchanges if seen.framing]
    if not framed:
        return unknown(say("two-framings.unknown"))
    bad = [seen for seen in framed if _framings(seen)]
    if not bad:
        return absent(say("two-framings.absent"), *case.probes_of(framed, "open"))
    one = bad[0]
    methods = " and ".join(sorted({seen.method for seen in bad}))
    return present(
        say(
            "two-framings.present",
            n_bad=len(bad),
            n_framed=len(framed),
            methods=methods,
            framings=_framings(one),
            label=one.label,
        ),
        *case.probes_of(bad, "handshake"),
        owner="proxy" if whose(case) == "proxy" else "server",
    )


def _framings(seen: Exchange) -> Text:
    """Return the two statements of length, in words; empty where there is but one."""
    lengths = _values(seen, "content-length")
    if seen.framing == "both":
        length = lengths[0] if lengths else "?"
        return say("content.framings", length=length)
    different = list(dict.fromkeys(lengths))
    if len(different) > 1:
        both = listed(
            [say("content.framings.both", each=each) for each in different[:2]]
        )
        return say("content.framings.two-lengths", both=both)
    # Over HTTP/2 frames say the length too, and one that differs is malformed (RFC
    # 9113, 8.1.1); the name is h2's, which counts them.
    if lengths and "InvalidBodyLengthError" in seen.failure_detail:
        return say("content.framings.frames", length=lengths[0])
    return ""


def _values(seen: Exchange, name: str) -> list[str]:
    """Return every value of a field, also of one that came as a list."""
    fields = (value for field, value in seen.header_list if field.lower() == name)
    return [part.strip() for value in fields for part in value.split(",")]
