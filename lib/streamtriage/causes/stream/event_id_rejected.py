"""The cause `event-id-rejected`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.authorship import foreign_writer, gateway_of
from streamtriage.causes.cause import cause
from streamtriage.causes.explains import refused
from streamtriage.causes.intermediaries import HOP_STATUSES
from streamtriage.causes.judgement import Judgement, absent, present
from streamtriage.causes.resuming import PYTHON_STORE, asked_with_id
from streamtriage.causes.spec import RESUMABILITY
from streamtriage.model import CauseId, Citation, Fix
from streamtriage.model.message import say
from streamtriage.model.observation import Phase
from streamtriage.wording import answer, quoted

if TYPE_CHECKING:
    from streamtriage.model import Exchange, Owner
    from streamtriage.model.message import Text
    from streamtriage.observations.case import Case

__all__ = ["event_id_rejected"]


@cause(
    owner="server",
    scope="deployment configuration",
    impact="degraded",
    look_alike=CauseId("get-4xx-instead-of-405"),
    explains=(refused(range(400, 500), range(501, 600), at=(Phase.RESUME,)),),
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
    if not all(_refuses(each) for each in seen.resumed):
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
            by=_by_a_hop(case, first),
        ),
        "resume",
        owner=_owner(case, first),
    )


def _refuses(seen: Exchange) -> bool:
    """Tell whether it is the id that is refused: not the credential, nor the number.

    500 is a server that fails on it, which is a cause of its own.
    """
    return (seen.status or 0) >= 400 and seen.status not in (401, 429, 500)


def _by_a_hop(case: Case, seen: Exchange) -> Text:
    who = gateway_of(seen)
    if who:
        return say("event-id-rejected.by", who=who)
    return "" if _owner(case, seen) is None else say("event-id-rejected.by.a-gateway")


def _owner(case: Case, seen: Exchange) -> Owner | None:
    """Return whose it is where another than the server wrote the refusal."""
    if seen.jsonrpc_code is not None:
        return None
    hop = gateway_of(seen) or seen.status in HOP_STATUSES
    return "proxy" if hop or foreign_writer(seen, case.posts) else None
