"""Causes in HTTP+SSE of revision 2024-11-05: the endpoint, and what comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import ANY, cause
from streamtriage.causes.explains import Explains, malformed, refused
from streamtriage.causes.judgement import Judgement, absent, present, unknown
from streamtriage.causes.words import answer, counted, quoted, seconds
from streamtriage.model import Citation, Failure, Fix, OldSession
from streamtriage.model.message import say
from streamtriage.model.observation import Kind, Phase
from streamtriage.model.roles import Role

if TYPE_CHECKING:
    from streamtriage.model.message import Text
    from streamtriage.observations.case import Case

__all__ = ["http_sse_endpoint_refused", "http_sse_reply_missing"]

_TRANSPORT = Citation(source="MCP 2024-11-05, basic/transports, HTTP with SSE")
_NOT_ASKED = say("http-sse.not-asked")


@cause(
    layer="http",
    owner="server",
    scope="deployment configuration",
    impact="fatal",
    eras=ANY,
    look_alike="legacy-sse-url-as-http",
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
        _TRANSPORT,
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
        return unknown(_NOT_ASKED)
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


@cause(
    layer="stream",
    owner="server or a hop before it",
    scope="deployment configuration",
    impact="fatal",
    eras=ANY,
    look_alike="http-sse-endpoint-refused",
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
        _TRANSPORT,
        Citation(source="https://github.com/kocierik/mcp-nomad/issues/19", grade="I"),
    ),
)
def http_sse_reply_missing(case: Case) -> Judgement:
    """What the server has to say over HTTP+SSE does not come on the stream."""
    seen = case.http_sse
    if seen is None or not case.speaks_old:
        return unknown(_NOT_ASKED)
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
