"""The cause `http-sse-reply-missing`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import ANY, cause
from streamtriage.causes.explains import Explains, malformed
from streamtriage.causes.judgement import Judgement, absent, present, unknown
from streamtriage.causes.over_http_sse import HTTP_SSE_NOT_ASKED
from streamtriage.causes.spec import HTTP_SSE_TRANSPORT
from streamtriage.model import CauseId, Citation, Failure, Fix, OldSession
from streamtriage.model.message import say
from streamtriage.model.observation import Kind, Phase
from streamtriage.model.roles import Role
from streamtriage.wording import answer, seconds

if TYPE_CHECKING:
    from streamtriage.model.message import Text
    from streamtriage.observations.case import Case

__all__ = ["http_sse_reply_missing"]


@cause(
    owner="server or a hop before it",
    scope="deployment configuration",
    impact="fatal",
    eras=ANY,
    look_alike=CauseId("http-sse-endpoint-refused"),
    explains=(
        Explains(
            (Kind.UNANSWERED,),
            (Phase.GREET, Phase.POST),
            details=("not-on-the-stream",),
        ),
        Explains(
            (Kind.UNANSWERED,),
            (Phase.GREET,),
            failures=(Failure.TIMED_OUT,),
            roles=(Role.OLD_GET,),
        ),
        malformed("no-endpoint", at=(Phase.GREET,)),
    ),
    fixes=(
        Fix(
            where="nginx before the server",
            what="Pass each event on at once; by default small ones wait.",
            paste="proxy_buffering off;\nproxy_http_version 1.1;\ngzip off;",
            verify="http-sse",
        ),
        Fix(
            where="the deployment of the server",
            what="Run one process: another one takes the POST and cannot write on the "
            "stream.",
            paste="uvicorn app:app --workers 1",
            verify="http-sse",
        ),
    ),
    citations=(
        HTTP_SSE_TRANSPORT,
        Citation(source="https://github.com/kocierik/mcp-nomad/issues/19", grade="I"),
    ),
)
def http_sse_reply_missing(case: Case) -> Judgement:
    """What the server has to say over HTTP+SSE does not come on the stream."""
    seen = case.http_sse
    if seen is None or not case.speaks_old:
        return unknown(HTTP_SSE_NOT_ASKED)
    if not seen.served:
        return _no_endpoint(case)
    silent = [s for s in seen.sessions if s.initialize_s is None and _taken(s)]
    if not silent:
        return absent(
            say("http-sse-reply-missing.absent"),
            "http-sse",
        )
    sent = silent[0].initialize
    assert sent is not None
    if sent.replied:
        return present(
            say("http-sse-reply-missing.present", answer=answer(sent)),
            "http-sse",
            owner="server",
        )
    return present(
        say(
            "http-sse-reply-missing.present.initialize-was-taken-at",
            answer=answer(sent),
            waited=_waited(seen.watches[0].stream.lived_s),
        ),
        "http-sse",
    )


def _no_endpoint(case: Case) -> Judgement:
    get = case.http_sse.refused if case.http_sse is not None else None
    first = case.handshake.initialize if case.handshake else None
    if first is not None and first.worked:
        return absent(say("http-sse.no-endpoint.absent"), "http-sse", "handshake")
    if get is None:
        return unknown(say("http-sse.no-endpoint.unknown"))
    if get.is_event_stream:
        return present(
            say("http-sse.no-endpoint.present", waited=_waited(get.lived_s)),
            "http-sse",
        )
    if get.failure is Failure.TIMED_OUT:
        return present(
            say(
                "http-sse.no-endpoint.present.the-get-of-http",
                waited=_waited(get.ended_s),
            ),
            "http-sse",
        )
    return absent(
        say("http-sse.no-endpoint.absent.the-get-of-http", answer=answer(get)),
        "http-sse",
    )


def _waited(lived_s: float | None) -> Text:
    return seconds(lived_s)


def _taken(session: OldSession) -> bool:
    return session.initialize is not None and session.initialize.accepted
