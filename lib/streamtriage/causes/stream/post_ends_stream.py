"""The cause `post-ends-stream`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import cause
from streamtriage.causes.explains import (
    cut,
    flap,
)
from streamtriage.causes.held_streams import TRANSPORT_PER_SESSION
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.causes.stream_ages import TOGETHER_S, age_s, over
from streamtriage.model import CauseId, Citation, Fix
from streamtriage.model.message import say
from streamtriage.model.observation import Phase
from streamtriage.wording import counted, seconds

if TYPE_CHECKING:
    from streamtriage.model import Exchange
    from streamtriage.observations.case import Case

__all__ = ["post_ends_stream"]


@cause(
    owner="server",
    scope="deployment configuration",
    impact="degraded",
    look_alike=CauseId("instant-close-flap"),
    explains=(
        cut(),
        flap((Phase.OPEN, Phase.REOPEN)),
    ),
    fixes=(
        TRANSPORT_PER_SESSION,
        Fix(
            where="the server",
            what="Keep the transport that carries the session's stream; let a POST use "
            "it instead of making another and closing the old one.",
            paste="transport = sessions[session_id]  # not: Transport(session_id)",
            verify="concurrent",
        ),
    ),
    citations=(
        Citation(
            source="https://github.com/nevermined-io/payments/issues/423", grade="I"
        ),
    ),
)
def post_ends_stream(case: Case) -> Judgement:
    """Each POST ends the session's GET stream."""
    found = case.concurrent
    stream = found.stream if found is not None else None
    if found is None or stream is None or not found.held:
        return unknown(say("post-ends-stream.unknown"))
    if not over(stream):
        return absent(
            say("post-ends-stream.absent", posts=counted(len(found.held), "POST")),
            "concurrent",
        )
    post = _ended_by(stream, found.held)
    if post is None:
        return absent(
            say(
                "post-ends-stream.absent.the-stream-ended-after",
                age_s=seconds(age_s(stream)),
            ),
            "concurrent",
        )
    gap_s = max((stream.ended_at_s or 0.0) - post.sent_at_s, 0.0)
    text = say(
        "post-ends-stream.text", gap_s=seconds(gap_s), age_s=seconds(age_s(stream))
    )
    longer = _longest_s(case)
    if longer and longer <= age_s(stream) + TOGETHER_S:
        return absent(
            say("post-ends-stream.absent.but-streams-on-which", text=text),
            "concurrent",
            "hold",
        )
    again, held = found.again_stream, found.again_held
    if not longer or again is None or held is None or not over(again):
        return suspected(
            say("post-ends-stream.suspected", text=text),
            say("post-ends-stream.suspected.settle"),
            "concurrent",
        )
    if _ended_by(again, (held,)) is None:
        return absent(
            say("post-ends-stream.absent.a-second-one-at", text=text), "concurrent"
        )
    return present(
        say("post-ends-stream.present", text=text, longer=seconds(longer)),
        "concurrent",
        "hold",
    )


def _ended_by(stream: Exchange, posts: tuple[Exchange, ...]) -> Exchange | None:
    """Return the POST during which, or right after which, a stream ended."""
    ended_s = stream.ended_at_s or 0.0
    for post in posts:
        until_s = (post.ended_at_s or post.sent_at_s) + TOGETHER_S
        if post.sent_at_s <= ended_s <= until_s:
            return post
    return None


def _longest_s(case: Case) -> float:
    own = case.concurrent.exchanges if case.concurrent is not None else ()
    others = (s for s in case.sent_gets if s.is_event_stream and s not in own)
    return max((age_s(seen) for seen in others), default=0.0)
