"""The cause `event-id-rejected`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import cause
from streamtriage.causes.explains import refused
from streamtriage.causes.judgement import Judgement, absent, present
from streamtriage.causes.resuming import PYTHON_STORE, asked_with_id
from streamtriage.causes.spec import RESUMABILITY
from streamtriage.model import CauseId, Citation, Fix
from streamtriage.model.message import say
from streamtriage.model.observation import Phase
from streamtriage.wording import answer, quoted

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["event_id_rejected"]


@cause(
    owner="server",
    scope="deployment configuration",
    impact="degraded",
    look_alike=CauseId("get-4xx-instead-of-405"),
    explains=(refused(400, 404, 409, 410, at=(Phase.RESUME,)),),
    fixes=(
        PYTHON_STORE,
        Fix(
            where="the server",
            what="Keep events in a store that all replicas share and that outlives a "
            "restart; open a new stream where the id is not known.",
            paste="new StreamableHTTPServerTransport({ eventStore, ... })",
            verify="resume",
        ),
    ),
    citations=(
        RESUMABILITY,
        Citation(source="typescript-sdk 1.30.0 webStandardStreamableHttp.ts:543"),
        Citation(source="go-sdk v1.7.0 mcp/streamable.go:1249-1253"),
    ),
)
def event_id_rejected(case: Case) -> Judgement:
    """The server refuses the id of an event that it sent itself."""
    seen = asked_with_id(case)
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
