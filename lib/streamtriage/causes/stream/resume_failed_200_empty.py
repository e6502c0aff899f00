"""The cause `resume-failed-200-empty`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import Taken, cause
from streamtriage.causes.explains import broken_promise
from streamtriage.causes.judgement import Judgement, absent, present
from streamtriage.causes.resuming import asked_with_id
from streamtriage.causes.second_get import ended_at_once
from streamtriage.causes.spec import RESUMABILITY
from streamtriage.model import CauseId, Citation, Fix
from streamtriage.model.message import say
from streamtriage.model.observation import Phase
from streamtriage.wording import answer, seconds

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["resume_failed_200_empty"]


@cause(
    owner="server",
    scope="deployment configuration",
    impact="degraded",
    look_alike=CauseId("instant-close-flap"),
    reported_as=("reconnect-storm",),
    issues=(
        "anthropics/claude-code#19594",
        "anthropics/claude-code#34272",
    ),
    taken_for_it=(
        Taken(
            cause="resumption-token-dropped",
            title="After an empty resumed stream the client forgets the event id",
            why="It happens inside the client, between two of its GETs. That the server"
            " ends a resumed stream at once is measured (probe resume).",
            source="https://github.com/modelcontextprotocol/typescript-sdk/issues/2499",
            grade="I",
            date="2026-11-23",
        ),
    ),
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
        RESUMABILITY,
    ),
)
def resume_failed_200_empty(case: Case) -> Judgement:
    """A resumed stream is opened and ended at once, so the client asks for ever."""
    seen = asked_with_id(case)
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
