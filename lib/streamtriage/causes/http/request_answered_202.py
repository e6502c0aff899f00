"""The cause `request-answered-202`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import ANY, cause
from streamtriage.causes.explains import ANSWERS, Predicts, malformed
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.causes.spec import SENDING_MESSAGES
from streamtriage.model import CauseId, Citation, Fix
from streamtriage.model.message import say
from streamtriage.model.observation import Phase
from streamtriage.model.roles import Role
from streamtriage.observations.malformed import (
    acknowledged,
)
from streamtriage.wording import answer, counted

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["request_answered_202"]

_SHOWN = malformed("acknowledged", at=(Phase.GREET, *ANSWERS))


@cause(
    owner="server",
    scope="deployment configuration",
    impact="fatal",
    eras=ANY,
    look_alike=CauseId("http-sse-reply-missing"),
    explains=(_SHOWN,),
    predicts=(Predicts((Role.POST,), _SHOWN),),
    fixes=(
        Fix(
            where="the server",
            what="Answer the POST of a request with its response; 202 is for "
            "notifications and responses alone.",
            paste="if ('id' in message && 'method' in message)\n"
            "  res.status(200).json(await handle(message));\n"
            "else res.status(202).end();",
            verify="handshake",
        ),
        Fix(
            where="a server written for HTTP+SSE (2024-11-05)",
            what="Let the client say so: there the response comes on the stream.",
            paste='{"type": "sse", "url": "https://HOST/sse"}',
            verify="handshake",
        ),
    ),
    citations=(
        SENDING_MESSAGES,
        Citation(
            source="typescript-sdk, StreamableHTTPClientTransport.send: after a 202 "
            "nothing is read"
        ),
    ),
)
def request_answered_202(case: Case) -> Judgement:
    """A request is only acknowledged with 202, and its response never comes."""
    posts = [seen for seen in case.exchanges if seen.method == "POST" and seen.answered]
    if not posts:
        return unknown(say("request-answered-202.unknown"))
    mute = [seen for seen in posts if acknowledged(seen)]
    if not mute:
        return absent(
            say("request-answered-202.absent"), *case.probes_of(posts, "handshake")
        )
    text = say("request-answered-202.text", label=mute[0].label, answer=answer(mute[0]))
    beside = case.concurrent
    if beside is not None and beside.stream is not None and beside.stream.events:
        return suspected(
            say(
                "request-answered-202.suspected",
                text=text,
                events=counted(beside.stream.events, "event"),
            ),
            say("request-answered-202.suspected.settle"),
            "handshake",
            "concurrent",
        )
    return present(
        say("request-answered-202.present", text=text),
        *case.probes_of(mute, "handshake"),
    )
