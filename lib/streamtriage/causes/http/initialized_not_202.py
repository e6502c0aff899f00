"""The cause `initialized-not-202`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import cause
from streamtriage.causes.explains import refused, unanswered
from streamtriage.causes.judgement import Judgement, absent, present, unknown
from streamtriage.model import CauseId, Citation, Failure, Fix
from streamtriage.model.message import say
from streamtriage.model.observation import Phase
from streamtriage.wording import answer, seconds

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["initialized_not_202"]

_NO_ANSWER = (Failure.TIMED_OUT, Failure.CLOSED, Failure.RESET)


@cause(
    owner="server",
    scope="deployment configuration",
    impact="degraded",
    look_alike=CauseId("healthy-get-405"),
    explains=(
        refused(range(200, 300), at=(Phase.NOTIFY,)),
        unanswered(at=(Phase.NOTIFY,)),
    ),
    fixes=(
        Fix(
            where="the server's POST handler",
            what="Answer notifications and responses with 202 and no body.",
            paste="if (!('id' in message)) { res.status(202).end(); return; }",
            verify="handshake",
        ),
    ),
    citations=(
        Citation(source="MCP 2025-11-25, basic/transports, Sending Messages, item 4"),
        Citation(source="typescript-sdk 1.30.0 src/client/streamableHttp.ts:556-569"),
    ),
)
def initialized_not_202(case: Case) -> Judgement:
    """The notification after `initialize` is not answered 202, so no stream opens."""
    seen = case.handshake.initialized if case.handshake else None
    if seen is not None and seen.failure in _NO_ANSWER and case.posts_work:
        return present(
            say(
                "initialized-not-202.present.notifications-initialized-got-no",
                answer=answer(seen),
                age_s=seconds(seen.age_s),
            ),
            "handshake",
            impact="fatal",
        )
    if seen is None or not seen.answered:
        return unknown(say("initialized-not-202.unknown"))
    if seen.status == 202:
        return absent(say("initialized-not-202.absent"), "handshake")
    if not seen.accepted:
        return absent(
            say(
                "initialized-not-202.absent.notifications-initialized-was-refused",
                answer=answer(seen),
            ),
            "handshake",
        )
    text = say(
        "initialized-not-202.text",
        answer=answer(seen),
        headers_s=seconds(seen.headers_s),
    )
    gets = case.live_gets
    if gets and all(get.status == 405 for get in gets):
        return present(
            say("initialized-not-202.present", text=text),
            "handshake",
            "open",
            impact="none",
        )
    return present(
        say("initialized-not-202.present.clients-of-the-typescript", text=text),
        "handshake",
    )
