"""The cause `get-ended-unanswered`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import cause
from streamtriage.causes.explains import STREAM_GETS, unanswered
from streamtriage.causes.intermediaries import unseen, whose
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.causes.stream_ages import times
from streamtriage.model import CauseId, Citation, Failure, Fix
from streamtriage.model.message import say
from streamtriage.wording import counted

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["get_ended_unanswered"]

_ENDED = {
    Failure.CLOSED: say("get-ended-unanswered.closed"),
    Failure.RESET: say("get-ended-unanswered.reset"),
    Failure.STREAM_RESET: say("get-ended-unanswered.stream-reset"),
    Failure.GOAWAY: say("get-ended-unanswered.goaway"),
}
# Fewer may be the accident of one moment.
_ENOUGH = 3
_SHOWN = unanswered(*_ENDED, at=STREAM_GETS)


@cause(
    owner="server or a hop before it",
    scope="deployment configuration",
    impact="degraded",
    look_alike=CauseId("headers-never-flushed"),
    explains=(_SHOWN,),
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
        return unknown(say("get-ended-unanswered.unknown"))
    if case.posts_work is None:
        return unknown(say("get-ended-unanswered.unknown.no-post-was-answered"))
    if any(seen.answered for seen in gets):
        return absent(say("get-ended-unanswered.absent"), "open")
    ended = [seen for seen in gets if seen.failure in _ENDED]
    if not ended:
        return absent(
            say("get-ended-unanswered.absent.no-connection-was-ended"),
            *case.probes_of(gets, "open"),
        )
    if not case.posts_work:
        return absent(say("get-ended-unanswered.absent.post-is-refused-as"), "open")
    if case.silence is not None and case.silence.fell_silent_after:
        return absent(
            say("get-ended-unanswered.absent.the-server-stopped-answering"), "silence"
        )
    if len(ended) == 1:
        return unknown(say("get-ended-unanswered.unknown.one-get-alone-was"))
    first = ended[0]
    assert first.failure is not None
    text = say(
        "get-ended-unanswered.text",
        n_ended=len(ended),
        gets=counted(len(gets), "GET"),
        ended=_ENDED[first.failure],
        times=times([seen.age_s or 0.0 for seen in ended]),
    )
    rests = (*case.probes_of(ended, "open"), "handshake")
    if len(ended) < _ENOUGH:
        return suspected(
            say("get-ended-unanswered.suspected", text=text),
            say("get-ended-unanswered.suspected.settle"),
            *rests,
        )
    return present(
        say(
            "get-ended-unanswered.present",
            text=text,
            unseen=unseen(case, say("get-ended-unanswered.present.a-handler-that")),
        ),
        *rests,
        owner=whose(case),
    )
