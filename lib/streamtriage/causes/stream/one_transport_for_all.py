"""The cause `one-transport-for-all`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import cause
from streamtriage.causes.displaced import displaced_streams, own_streams
from streamtriage.causes.explains import (
    STREAM_GETS,
    broken_promise,
    cut,
    flap,
    late_head,
    refused,
)
from streamtriage.causes.held_streams import TRANSPORT_PER_SESSION
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.causes.shared_sessions import told_by_sharing
from streamtriage.model import CauseId, Citation, Fix, streams_open
from streamtriage.model.message import say
from streamtriage.model.observation import Phase
from streamtriage.wording import answer, counted, quoted

if TYPE_CHECKING:
    from streamtriage.model import Exchange
    from streamtriage.observations.case import Case

__all__ = ["one_transport_for_all"]


def _while_open(case: Case, seen: Exchange) -> bool:
    """Tell whether another request for a stream was open when this one was refused."""
    at_s = seen.headers_at_s or seen.sent_at_s
    moments = (seen.sent_at_s, at_s)
    return any(
        each.exchange != seen
        for moment in moments
        for each in streams_open(case.evidence, moment)
    )


@cause(
    owner="server",
    scope="deployment configuration",
    impact="degraded",
    look_alike=CauseId("half-open-stream-409"),
    explains=(
        refused(range(400, 600), at=(*STREAM_GETS, Phase.SESSION, Phase.LISTEN)),
        broken_promise("nobody-to-write-to", at=(Phase.HELD,)),
        late_head(),
        flap(STREAM_GETS),
        cut(),
    ),
    fixes=(
        TRANSPORT_PER_SESSION,
        Fix(
            where="a server that needs no stream",
            what="Answer GET with 405, so that no client waits for one.",
            paste="res.status(405).set('Allow', 'POST').end();",
            verify="open",
        ),
    ),
    citations=(
        Citation(source="@hono/mcp 0.3.2 as its README shows it", grade="L"),
        Citation(
            source="typescript-sdk 1.30.0 src/server/webStandardStreamableHttp.ts: "
            "Conflict: Only one SSE stream is allowed per session"
        ),
    ),
)
def one_transport_for_all(case: Case) -> Judgement:
    """One transport, with one stream, serves all clients together."""
    gets = case.live_gets
    if not gets or case.handshake is None or not case.handshake.revision:
        return unknown(say("one-transport-for-all.unknown"))
    refused = [seen for seen in gets if seen.status == 409]
    if not refused and (displaced := _displaced(case)) is not None:
        return displaced
    if not refused:
        return absent(
            say("one-transport-for-all.absent"),
            *case.probes_of(gets, "open"),
        )
    if (shared := told_by_sharing(case)) is not None:
        return shared
    issued = case.handshake.session_issued
    ids = (
        say("one-transport-for-all.ids")
        if issued
        else say("one-transport-for-all.ids.without-any-session-id")
    )
    streams = [seen for seen in gets if seen.is_event_stream]
    beside = [seen for seen in refused if _while_open(case, seen)]
    if not streams and len(refused) == len(gets) and not issued:
        return present(
            say(
                "one-transport-for-all.present",
                n_gets=len(gets),
                answer=answer(refused[0]),
                refused=quoted(refused[0]),
            ),
            "handshake",
            "open",
        )
    if streams and len(beside) == len(refused):
        return present(
            say(
                "one-transport-for-all.present.got-while-another-stream",
                first_gets=counted(len(refused), "first GET"),
                ids=ids,
                answer=answer(refused[0]),
                refused=quoted(refused[0]),
                others=counted(len(streams), "other"),
            ),
            "handshake",
            "open",
            "hold",
        )
    return suspected(
        say(
            "one-transport-for-all.suspected",
            n_refused=len(refused),
            first_gets=counted(len(gets), "first GET"),
            ids=ids,
            answer=answer(refused[0]),
            refused=quoted(refused[0]),
        ),
        say("one-transport-for-all.suspected.settle"),
        "open",
    )


def _displaced(case: Case) -> Judgement | None:
    """Judge streams that end when one is opened in another session; None without."""
    gone = displaced_streams(case)
    if not gone:
        return None
    return present(
        say(
            "beside.displaced.present",
            n_gone=len(gone),
            streams=counted(len(own_streams(case)), "stream"),
        ),
        *case.probes_of(gone, "hold"),
    )
