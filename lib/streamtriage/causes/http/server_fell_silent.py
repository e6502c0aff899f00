"""The cause `server-fell-silent`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import ANY, cause
from streamtriage.causes.explains import (
    EVERY_ANSWER,
    late_head,
    unanswered,
)
from streamtriage.causes.held_streams import starved, stream_decides
from streamtriage.causes.judgement import Judgement, absent, present, unknown
from streamtriage.causes.stream_ages import times
from streamtriage.causes.waits import waited_s
from streamtriage.model import CauseId, Citation, Fix
from streamtriage.model.message import say
from streamtriage.wording import answer, counted, seconds

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["server_fell_silent"]


@cause(
    owner="server",
    scope="deployment configuration",
    impact="fatal",
    eras=ANY,
    look_alike=CauseId("tcp-blackhole-timeout"),
    explains=(
        unanswered(at=EVERY_ANSWER),
        late_head(),
    ),
    fixes=(
        Fix(
            where="the server",
            what="Start it again; then find what that request waits for: a lock that "
            "is never let go, a call that blocks the only thread.",
            paste="py-spy dump --pid PID   # Python\n"
            "kill -USR1 PID && node inspect -p PID  # Node",
            verify="silence",
        ),
        Fix(
            where="the deployment",
            what="Have it started again when it no longer answers.",
            paste="livenessProbe:\n  httpGet: {path: /health, port: 8000}\n"
            "  timeoutSeconds: 5",
            verify="silence",
        ),
    ),
    citations=(
        Citation(
            source="a Python web framework's MCP package under an ASGI server: a GET "
            "that was never answered, and nothing after it",
            grade="L",
        ),
    ),
)
def server_fell_silent(case: Case) -> Judgement:
    """The server stopped answering while it was asked, and answers nobody."""
    seen = case.silence
    if seen is None:
        if not case.exchanges:
            return unknown(say("server-fell-silent.unknown"))
        return absent(
            say("server-fell-silent.absent"),
            *case.probes_of(case.exchanges, "open"),
        )
    if not seen.fell_silent_after and not seen.asked_again:
        return unknown(say("server-fell-silent.unknown.it-was-not-asked"))
    if not seen.fell_silent_after:
        return absent(
            say("server-fell-silent.absent.after-a-request-without"), "silence"
        )
    found = case.concurrent
    if found is not None and stream_decides(found):
        return absent(
            say("server-fell-silent.absent.streams-of-our-own"),
            "silence",
            "concurrent",
        )
    if (beside := starved(case)) is not None:
        return absent(
            say(
                "server-fell-silent.absent.our-streams",
                streams=counted(beside.streams, "stream"),
                answer=answer(beside.freed),
            ),
            "silence",
        )
    answered = [each for each in case.exchanges if each.answered]
    asked = [each for each in seen.asked_again if not each.answered]
    waits = (
        times([waited_s(each) for each in asked])
        if asked
        else say("server-fell-silent.waits")
    )
    return present(
        say(
            "server-fell-silent.present",
            requests=counted(len(answered), "request"),
            fell_silent_after=seen.fell_silent_after,
            fell_silent_s=seconds(seen.fell_silent_s),
            harmless_requests=counted(len(asked), "harmless request"),
            waits=waits,
        ),
        "silence",
    )
