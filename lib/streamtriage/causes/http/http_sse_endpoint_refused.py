"""The cause `http-sse-endpoint-refused`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import ANY, cause
from streamtriage.causes.explains import malformed, refused
from streamtriage.causes.judgement import Judgement, absent, present, unknown
from streamtriage.causes.over_http_sse import HTTP_SSE_NOT_ASKED
from streamtriage.causes.spec import HTTP_SSE_TRANSPORT
from streamtriage.model import CauseId, Citation, Fix, OldSession
from streamtriage.model.message import say
from streamtriage.model.observation import Phase
from streamtriage.model.roles import Role
from streamtriage.wording import answer, counted, quoted

if TYPE_CHECKING:
    from streamtriage.model.message import Text
    from streamtriage.observations.case import Case

__all__ = ["http_sse_endpoint_refused"]


@cause(
    owner="server",
    scope="deployment configuration",
    impact="fatal",
    eras=ANY,
    look_alike=CauseId("legacy-sse-url-as-http"),
    explains=(
        refused(range(300, 600), at=(Phase.GREET,)).only(Role.INITIALIZE),
        malformed("other-origin", at=(Phase.GREET,)),
    ),
    fixes=(
        Fix(
            where="the Python SDK's SSE transport",
            what="Name the prefix under which a proxy or another app serves it.",
            paste='SseServerTransport("/PREFIX/messages/")  # or mount_path="/PREFIX"',
            verify="http-sse",
        ),
        Fix(
            where="nginx",
            what="Pass the path of the messages on to the same server as the stream.",
            paste="location /messages/ { proxy_pass http://mcp_backend; }",
            verify="http-sse",
        ),
        Fix(
            where="the deployment of the server",
            what="Run one process, or lead the stream and its POSTs to the same one: "
            "the session lives in the process that holds the stream.",
            paste="upstream mcp_backend { hash $arg_sessionId consistent; ... }",
            verify="http-sse",
        ),
    ),
    citations=(
        HTTP_SSE_TRANSPORT,
        Citation(
            source="https://github.com/modelcontextprotocol/python-sdk/issues/412",
            grade="R",
        ),
    ),
)
def http_sse_endpoint_refused(case: Case) -> Judgement:
    """The endpoint that the HTTP+SSE stream names is refused while the stream is open.

    It may lack the prefix of a proxy, lie at another origin, or be another process's.
    """
    seen = case.http_sse
    if seen is None or not case.speaks_old:
        return unknown(HTTP_SSE_NOT_ASKED)
    if not seen.served:
        return absent(say("http-sse-endpoint-refused.absent"), "http-sse")
    first = seen.sessions[0]
    if first.other_origin:
        return present(
            say("http-sse-endpoint-refused.present", endpoint=first.endpoint),
            "http-sse",
        )
    sent = first.initialize
    if sent is None or not sent.answered:
        return unknown(say("http-sse-endpoint-refused.unknown"))
    if sent.accepted:
        return absent(
            say(
                "http-sse-endpoint-refused.absent.the-endpoint-answered",
                answer=answer(sent),
            ),
            "http-sse",
        )
    return present(
        say(
            "http-sse-endpoint-refused.present.text",
            refusal=_refusal(first),
            why=_why(first),
        ),
        "http-sse",
    )


def _refusal(session: OldSession) -> Text:
    sent = session.initialize
    assert sent is not None
    return say(
        "http-sse.refusal",
        endpoint=session.endpoint,
        answer=answer(sent),
        sent=quoted(sent),
    )


def _why(session: OldSession) -> Text:
    """Return what the comparisons tell: a prefix, several processes, or nothing."""
    prefixed = session.prefixed
    if prefixed is not None and prefixed.accepted:
        return say("http-sse.why", answer=answer(prefixed))
    taken = [each for each in session.repeated if each.accepted]
    if taken:
        return say(
            "http-sse.why.of-were-taken-several",
            repetitions=counted(len(session.repeated), "repetition"),
            n_taken=len(taken),
        )
    if not session.repeated:
        return "."
    return say(
        "http-sse.why.were-refused-as-well",
        repetitions=counted(len(session.repeated), "repetition"),
    )
