"""The cause `last-event-id-500`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import cause
from streamtriage.causes.explains import refused
from streamtriage.causes.judgement import Judgement, absent, present, suspected
from streamtriage.causes.resuming import PYTHON_STORE, asked_with_id
from streamtriage.model import CauseId, Citation, Fix
from streamtriage.model.message import say
from streamtriage.model.observation import Phase
from streamtriage.wording import answer, quoted

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["last_event_id_500"]


@cause(
    owner="server",
    scope="deployment configuration",
    impact="degraded",
    look_alike=CauseId("stateless-transport-reused-500"),
    explains=(refused(500, at=(Phase.RESUME,)),),
    fixes=(
        PYTHON_STORE,
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
    seen = asked_with_id(case)
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
