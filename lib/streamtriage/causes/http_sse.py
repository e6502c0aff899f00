"""Causes in HTTP+SSE of revision 2024-11-05: the endpoint, and what comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import ANY, cause
from streamtriage.causes.explains import Explains, malformed, refused
from streamtriage.causes.judgement import Judgement, absent, present, unknown
from streamtriage.causes.words import answer, counted, quoted, seconds
from streamtriage.model import Citation, Failure, Fix, OldSession
from streamtriage.model.observation import Kind, Phase
from streamtriage.model.roles import Role

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["http_sse_endpoint_refused", "http_sse_reply_missing"]

_TRANSPORT = Citation(source="MCP 2024-11-05, basic/transports, HTTP with SSE")
_NOT_ASKED = "Nothing was asked over HTTP+SSE, or the client does not speak it."


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
        return absent("No stream named an endpoint.", "http-sse")
    first = seen.sessions[0]
    if first.other_origin:
        return present(
            f"The stream names an endpoint at another origin ({first.endpoint}), which "
            "clients do not follow: the server was not told its outer address.",
            "http-sse",
        )
    sent = first.initialize
    if sent is None or not sent.answered:
        return unknown("Nothing was answered at the endpoint.")
    if sent.accepted:
        return absent(f"The endpoint answered {answer(sent)}.", "http-sse")
    return present(f"{_refusal(first)}{_why(first)}", "http-sse")


def _refusal(session: OldSession) -> str:
    sent = session.initialize
    assert sent is not None
    return (
        f"The stream names {session.endpoint} as its endpoint, and `initialize`, sent "
        f"there while the stream was open, was answered {answer(sent)}{quoted(sent)}"
    )


def _why(session: OldSession) -> str:
    """Return what the comparisons tell: a prefix, several processes, or nothing."""
    prefixed = session.prefixed
    if prefixed is not None and prefixed.accepted:
        return (
            "; below the path of the stream itself it was answered "
            f"{answer(prefixed)}: the endpoint lacks the prefix under which the server "
            "is reached."
        )
    taken = [each for each in session.repeated if each.accepted]
    if taken:
        return (
            f"; of {counted(len(session.repeated), 'repetition')}, {len(taken)} were "
            "taken: several processes answer, and one alone holds the stream."
        )
    if not session.repeated:
        return "."
    return f"; {counted(len(session.repeated), 'repetition')} were refused as well."


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
            "Each request that the endpoint took was answered on the stream.",
            "http-sse",
        )
    sent = silent[0].initialize
    assert sent is not None
    if sent.replied:
        return present(
            f"`initialize` was answered {answer(sent)} in the POST itself; clients of "
            "this transport read only the stream, on which nothing came.",
            "http-sse",
            owner="server",
        )
    return present(
        f"`initialize` was taken at the endpoint ({answer(sent)}), and its response "
        f"did not come on the stream in {_waited(seen.watches[0].stream.lived_s)}.",
        "http-sse",
    )


def _no_endpoint(case: Case) -> Judgement:
    get = case.http_sse.refused if case.http_sse is not None else None
    first = case.handshake.initialize if case.handshake else None
    if first is not None and first.worked:
        return absent(
            "The server speaks Streamable HTTP at this URL.", "http-sse", "handshake"
        )
    if get is None:
        return unknown("No GET of HTTP+SSE was sent.")
    if get.is_event_stream:
        return present(
            "The GET opened an event stream, and no `endpoint` event came on it in "
            f"{_waited(get.lived_s)}: a hop keeps it back, or this is another stream.",
            "http-sse",
        )
    if get.failure is Failure.TIMED_OUT:
        return present(
            f"The GET of HTTP+SSE got no response head in {_waited(get.ended_s)}: a "
            "hop keeps it back until it has more.",
            "http-sse",
        )
    return absent(f"The GET of HTTP+SSE was answered {answer(get)}.", "http-sse")


def _waited(lived_s: float | None) -> str:
    return seconds(lived_s)


def _taken(session: OldSession) -> bool:
    return session.initialize is not None and session.initialize.accepted
