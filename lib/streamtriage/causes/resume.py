"""Causes in how a server takes the id of the last event that was received."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import cause
from streamtriage.causes.explains import broken_promise, refused
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.causes.second import ended_at_once
from streamtriage.causes.words import answer, quoted, seconds
from streamtriage.model import Citation, Fix, ResumeEvidence
from streamtriage.model.message import say
from streamtriage.model.observation import Phase

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["event_id_rejected", "last_event_id_500", "resume_failed_200_empty"]

_RESUMABILITY = Citation(
    source="MCP 2025-11-25, basic/transports, Resumability and Redelivery"
)
_PYTHON_STORE = Fix(
    where="a Python server",
    what="Give it an event store.",
    paste="server.streamable_http_app(event_store=MyEventStore())",
    verify="resume",
)


def _asked(case: Case) -> ResumeEvidence | Judgement:
    """Return what was seen if an id was sent, else why none was."""
    seen = case.resume
    if seen is None or not seen.source:
        if case.opened is None or case.opened.live is None:
            return unknown(say("resume.asked.unknown"))
        return absent(say("resume.asked.absent"), "open")
    if seen.plain is None or not seen.resumed:
        return unknown(say("resume.asked.unknown.no-get-was-sent"))
    return seen


@cause(
    layer="stream",
    owner="server",
    scope="deployment configuration",
    impact="degraded",
    look_alike="stateless-transport-reused-500",
    explains=(refused(500, at=(Phase.RESUME,)),),
    fixes=(
        _PYTHON_STORE,
        Fix(
            where="whatever adds the ids",
            what="Send no event ids where there is no event store.",
            paste="# leave out the `id:` lines",
            verify="resume",
        ),
    ),
    citations=(
        Citation(
            source="mcp 2.3.0 server/streamable_http.py: without an event store "
            "_replay_events returns and answers nothing"
        ),
        Citation(source="mcp 1.30.0: 500 Internal Server Error", grade="L"),
    ),
)
def last_event_id_500(case: Case) -> Judgement:
    """The server fails on a Last-Event-ID, though it sends event ids itself."""
    seen = _asked(case)
    if isinstance(seen, Judgement):
        return seen
    plain = seen.plain
    failed = [each for each in seen.resumed if each.status == 500]
    if not failed or plain is None:
        return absent(
            say("last-event-id-500.absent", answer=answer(seen.resumed[0])), "resume"
        )
    if plain.status == 500:
        return absent(say("last-event-id-500.absent.without-last-event-id"), "resume")
    if len(failed) < len(seen.resumed):
        return suspected(
            say("last-event-id-500.suspected"),
            say("last-event-id-500.suspected.settle"),
            "resume",
        )
    return present(
        say(
            "last-event-id-500.present",
            answer=answer(failed[0]),
            failed=quoted(failed[0]),
            answer_2=answer(plain),
        ),
        "resume",
    )


@cause(
    layer="stream",
    owner="server",
    scope="deployment configuration",
    impact="degraded",
    look_alike="get-4xx-instead-of-405",
    explains=(refused(400, 404, 409, 410, at=(Phase.RESUME,)),),
    fixes=(
        _PYTHON_STORE,
        Fix(
            where="the server",
            what="Keep events in a store that all replicas share and that outlives a "
            "restart; open a new stream where the id is not known.",
            paste="new StreamableHTTPServerTransport({ eventStore, ... })",
            verify="resume",
        ),
    ),
    citations=(
        _RESUMABILITY,
        Citation(source="typescript-sdk 1.30.0 webStandardStreamableHttp.ts:543"),
        Citation(source="go-sdk v1.7.0 mcp/streamable.go:1249-1253"),
    ),
)
def event_id_rejected(case: Case) -> Judgement:
    """The server refuses the id of an event that it sent itself."""
    seen = _asked(case)
    if isinstance(seen, Judgement):
        return seen
    first, plain = seen.resumed[0], seen.plain
    if plain is None or not plain.is_event_stream:
        return absent(say("event-id-rejected.absent"), "resume")
    statuses = {each.status for each in seen.resumed}
    if statuses == {409}:
        # The TypeScript SDK says so of a stream that it takes to be open still.
        return absent(say("event-id-rejected.absent.resuming-is-409-the"), "resume")
    if not all(each.status in (400, 404, 409, 410) for each in seen.resumed):
        return absent(
            say("event-id-rejected.absent.with-last-event-id", answer=answer(first)),
            "resume",
        )
    return present(
        say(
            "event-id-rejected.present",
            answer=answer(first),
            first=quoted(first),
            answer_2=answer(plain),
        ),
        "resume",
    )


@cause(
    layer="stream",
    owner="server",
    scope="deployment configuration",
    impact="degraded",
    look_alike="instant-close-flap",
    explains=(broken_promise("not-resumed", at=(Phase.RESUME,)),),
    fixes=(
        Fix(
            where="a Rust server",
            what="Update rmcp: a resume that fails then opens a new stream.",
            paste="cargo update -p rmcp",
            verify="resume",
        ),
    ),
    citations=(
        Citation(source="https://github.com/modelcontextprotocol/rust-sdk/issues/958"),
        _RESUMABILITY,
    ),
)
def resume_failed_200_empty(case: Case) -> Judgement:
    """A resumed stream is opened and ended at once, so the client asks for ever."""
    seen = _asked(case)
    if isinstance(seen, Judgement):
        return seen
    first, plain = seen.resumed[0], seen.plain
    if plain is None or not plain.is_event_stream or ended_at_once(plain):
        return absent(say("resume-failed-200-empty.absent"), "resume")
    if not all(ended_at_once(each) for each in seen.resumed):
        return absent(
            say(
                "resume-failed-200-empty.absent.with-last-event-id",
                answer=answer(first),
            ),
            "resume",
        )
    if seen.source == "post" and not seen.expected:
        return absent(
            say("resume-failed-200-empty.absent.no-event-had-followed"),
            "resume",
        )
    return present(
        say(
            "resume-failed-200-empty.present",
            answer=answer(first),
            lived_s=seconds(first.lived_s),
        ),
        "resume",
    )
