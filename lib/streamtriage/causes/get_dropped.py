"""A GET whose connection is ended before there is any answer, while POST works."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.ages import times
from streamtriage.causes.cause import cause
from streamtriage.causes.explains import STREAM_GETS, unanswered
from streamtriage.causes.hops import unseen, whose
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.causes.words import counted
from streamtriage.model import Citation, Failure, Fix

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["get_ended_unanswered"]

_ENDED = {
    Failure.CLOSED: "closed",
    Failure.RESET: "reset",
    Failure.STREAM_RESET: "reset (RST_STREAM)",
    Failure.GOAWAY: "ended (GOAWAY)",
}
# Fewer may be the accident of one moment.
_ENOUGH = 3


@cause(
    layer="stream",
    owner="server or a hop before it",
    scope="deployment configuration",
    impact="degraded",
    look_alike="headers-never-flushed",
    explains=(unanswered(*_ENDED, at=STREAM_GETS),),
    fixes=(
        Fix(
            where="the server",
            what="Look for the exception or the crash in its log at the moment of the "
            "GET; until it is mended, answer GET with 405.",
            paste="app.get('/mcp', (req, res) => {\n"
            "  res.status(405).set('Allow', 'POST, DELETE').end();\n});",
            verify="open",
        ),
        Fix(
            where="a firewall, an inspecting proxy or a tunnel on the way",
            what="Let responses of the type text/event-stream through unread.",
            paste="curl -sv -N -H 'Accept: text/event-stream' URL  # beside the server",
            verify="open",
        ),
    ),
    citations=(
        Citation(
            source="RFC 9112, 9.5: a connection may be closed at any time; a client "
            "then has no answer to report"
        ),
    ),
)
def get_ended_unanswered(case: Case) -> Judgement:
    """The connection of each GET is ended before an answer, while POST works."""
    gets = [seen for seen in case.sent_gets if seen.failure is not Failure.NOT_SENT]
    if not gets:
        return unknown("No GET was sent in a live session.")
    if case.posts_work is None:
        return unknown("No POST was answered in the same session.")
    if any(seen.answered for seen in gets):
        return absent("A GET in a live session was answered.", "open")
    ended = [seen for seen in gets if seen.failure in _ENDED]
    if not ended:
        return absent(
            "No connection was ended before the answer to a GET.",
            *case.probes_of(gets, "open"),
        )
    if not case.posts_work:
        return absent("POST is refused as well, so this is not about GET.", "open")
    if case.silence is not None and case.silence.fell_silent_after:
        return absent("The server stopped answering everything.", "silence")
    if len(ended) == 1:
        return unknown("One GET alone was ended before its answer.")
    first = ended[0]
    assert first.failure is not None
    text = (
        f"{len(ended)} of {counted(len(gets), 'GET')} in live sessions had no answer: "
        f"the connection was {_ENDED[first.failure]} by the other side after "
        f"{times([seen.age_s or 0.0 for seen in ended])}, while POST works in the same "
        "sessions"
    )
    rests = (*case.probes_of(ended, "open"), "handshake")
    if len(ended) < _ENOUGH:
        return suspected(
            f"{text}.", "Run the triage again: what comes back is no accident.", *rests
        )
    return present(
        f"{text}. Clients print a network error in place of a status."
        f"{unseen(case, 'a handler that fails before it answers')}",
        *rests,
        owner=whose(case),
    )
