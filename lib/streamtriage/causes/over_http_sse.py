"""What was seen over HTTP+SSE of revision 2024-11-05, in the words of a verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.model.message import say
from streamtriage.wording import answer, ended, quoted, seconds

if TYPE_CHECKING:
    from streamtriage.model import OldSession
    from streamtriage.model.message import Text
    from streamtriage.observations.case import Case

__all__ = ["HTTP_SSE_NOT_ASKED", "health_told", "told_of_transport"]

HTTP_SSE_NOT_ASKED = say("http-sse.not-asked")


def health_told(case: Case) -> tuple[bool, Text, bool] | None:
    """Return whether all went well over that transport, the words, and if it was run.

    None where the client does not speak it.
    """
    seen = case.http_sse
    if not case.speaks_old:
        return None
    if seen is None:
        return False, say("over-http-sse.health-told"), False
    if not seen.served:
        got = (
            answer(seen.refused)
            if seen.refused is not None
            else say("over-http-sse.health-told.got")
        )
        return False, say("over-http-sse.health-told.the-get-of-http", got=got), True
    first = seen.sessions[0]
    if not seen.worked:
        return False, _not_greeted(first), True
    lived = max((w.stream.lived_s or 0.0 for w in seen.watches), default=0.0)
    cut = [
        w.stream
        for w in seen.watches
        if w.stream.end is not None and w.stream.end.natural
    ]
    if cut:
        text = say(
            "over-http-sse.health-told.text",
            ended=ended(cut[0]),
            lived_s=seconds(cut[0].lived_s),
        )
        return False, text, True
    text = say(
        "over-http-sse.health-told.text.the-server-speaks-http", lived=seconds(lived)
    )
    return True, text, True


def _not_greeted(session: OldSession) -> Text:
    if session.other_origin:
        return say("over-http-sse.not-greeted")
    sent = session.initialize
    if sent is None:
        return say("over-http-sse.not-greeted.initialize-was-not-sent")
    if not sent.accepted:
        return say(
            "over-http-sse.not-greeted.initialize-sent-to-the",
            answer=answer(sent),
            sent=quoted(sent),
        )
    return say(
        "over-http-sse.not-greeted.initialize-was-taken-but", answer=answer(sent)
    )


def told_of_transport(case: Case) -> Text:
    """Return what to know of a session of that transport, to follow a verdict.

    Empty where the client does not speak it, or no stream of it ended by itself.
    """
    seen = case.http_sse
    if not case.speaks_old or seen is None:
        return ""
    after = [
        each.after
        for each in seen.sessions
        if each.ended_by == "server" and each.after is not None and each.after.answered
    ]
    if not after:
        return ""
    old = after[0]
    refused = (
        say("word.refused")
        if not old.accepted
        else say("over-http-sse.told-of-transport.refused")
    )
    return say(
        "over-http-sse.told-of-transport",
        refused=refused,
        answer=answer(old),
        old=quoted(old),
    )
