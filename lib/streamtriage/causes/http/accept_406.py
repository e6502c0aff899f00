"""The cause `accept-406`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from streamtriage.causes.asked_again import pair, questions
from streamtriage.causes.cause import cause
from streamtriage.causes.explains import STREAM_GETS, refused
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.causes.spec import TRANSPORTS
from streamtriage.model import CauseId, Citation, Exchange, Fix
from streamtriage.model.message import say
from streamtriage.model.observation import Phase
from streamtriage.wording import answer, quoted, text_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamtriage.model.message import Text
    from streamtriage.observations.case import Case

__all__ = ["accept_406"]

# "Client must accept text/event-stream" (TypeScript, Python, C#, Rust); "Accept must
# contain 'text/event-stream' for GET requests" (Go); "text/event-stream required in
# Accept header" (Java).
_MUST = "\\b(?:must|should|has to|needs? to)\\b"
_ASKS = (
    re.compile(rf"{_MUST}.{{0,20}}\baccept\b.{{0,40}}text/event-stream"),
    re.compile(rf"\baccept\b.{{0,40}}{_MUST}.{{0,40}}text/event-stream"),
    re.compile(r"text/event-stream\W+(?:is )?required in (?:the )?accept\b"),
)
_DENIES = re.compile(
    r"(?:\b(?:not|never|no longer|cannot)|n't) (?:accept|support|offer|serve|provide)"
    r"(?:s|ed)?\b"
)
# Either type that every POST names, also as Java's constants are written.
_SENT = re.compile(r"text[/_]event[-_]stream|application[/_]json")


@cause(
    owner="proxy",
    scope="deployment configuration",
    impact="degraded",
    look_alike=CauseId("get-4xx-instead-of-405"),
    explains=(
        refused(400, 406, at=STREAM_GETS),
        refused(400, 406, 415, at=(Phase.GREET, Phase.NOTIFY, Phase.POST)),
    ),
    fixes=(
        Fix(
            where="the hop before the server",
            what="Pass the Accept header on unchanged.",
            paste="proxy_set_header Accept $http_accept;  # nginx",
            verify="open",
        ),
    ),
    citations=(
        Citation(source=f"{TRANSPORTS}, Listening for Messages from the Server"),
        Citation(source="typescript-sdk 1.30.0 webStandardStreamableHttp.ts:439"),
    ),
)
def accept_406(case: Case) -> Judgement:
    """The Accept header does not reach the server as it was sent."""
    posted = _of_posts(case)
    if posted is not None:
        return posted
    opened = case.opened
    live = opened.live if opened else None
    if live is None or not live.answered:
        return unknown(say("accept-406.unknown"))
    controls = (
        (opened.accept_both if opened else None, say("accept-406.controls")),
        (case.guard.any_accept if case.guard else None, "`*/*`"),
    )
    # Go's SDK says the same with 400.
    if live.status not in (400, 406) or not _asks_for_streams(text_of(live)):
        return _unexplained(live, controls)
    text = say("accept-406.text", answer=answer(live), live=quoted(live))
    for control, sent in controls:
        if control is not None and control.is_event_stream:
            return present(
                say("accept-406.present", text=text, sent=sent, answer=answer(control)),
                "guard",
            )
    return suspected(
        say("accept-406.suspected", text=text),
        say("accept-406.suspected.settle"),
        "open",
        "guard",
    )


def _of_posts(case: Case) -> Judgement | None:
    """Judge a POST that was refused for its Accept; None where that was not asked.

    It had named both types. Where another value is taken instead, or none is and the
    words ask for what was sent, the header did not arrive as it was sent.
    """
    for question in questions(case):
        first, kinds = question.again, [c.kind for c in question.changes]
        if first.status not in (400, 406, 415) or "accept" not in kinds:
            continue
        flip = question.flip
        if flip is not None and flip.kind == "accept":
            return present(
                say("negotiation.of-posts.present", pair=pair(question, flip)),
                "follow-up",
            )
        words = text_of(first)
        asks = first.status == 406 or "accept" in words
        wants = bool(_SENT.search(words)) and not _DENIES.search(words)
        others = [c for c in question.changes if c.kind == "accept"]
        same = all(
            (c.tried.status, text_of(c.tried)) == (first.status, words) for c in others
        )
        if not (asks and same):
            continue
        text = say(
            "negotiation.of-posts.text",
            request=question.request,
            answer=answer(first),
            first=quoted(first),
            n_others=len(others),
        )
        if wants:
            return present(
                say("negotiation.of-posts.present.it-asks-for-what", text=text),
                "follow-up",
            )
        return suspected(
            say("negotiation.of-posts.suspected", text=text),
            say("negotiation.of-posts.suspected.settle"),
            "follow-up",
        )
    return None


def _asks_for_streams(text: str) -> bool:
    """Tell whether a refusal asks for the very type that the GET had named.

    Not so where it wants JSON as well, which the GET had not named, or says that it has
    no such stream.
    """
    asks = any(words.search(text) for words in _ASKS)
    return asks and "application/json" not in text and not _DENIES.search(text)


def _unexplained(
    live: Exchange, controls: Sequence[tuple[Exchange | None, Text]]
) -> Judgement:
    """Judge a refusal that does not say what should have been accepted.

    406 is about the Accept header by definition (RFC 9110, 15.5.7), but whether a hop
    changed it or the server wants another one, only its words could say.
    """
    for control, sent in controls:
        if live.status == 406 and control is not None and control.is_event_stream:
            return suspected(
                say(
                    "negotiation.unexplained.suspected", answer=answer(live), sent=sent
                ),
                say("negotiation.unexplained.suspected.settle"),
                "open",
                "guard",
            )
    return absent(say("negotiation.unexplained.absent", answer=answer(live)), "open")
