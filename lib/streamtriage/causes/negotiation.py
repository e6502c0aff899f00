"""Causes in what a GET says of itself: revision, Accept and Content-Type."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from streamtriage.causes.asked_again import pair, questions
from streamtriage.causes.cause import cause
from streamtriage.causes.explains import ANSWERS, STREAM_GETS, refused
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.causes.words import answer, quoted, text_of
from streamtriage.model import Citation, Exchange, Fix
from streamtriage.model.message import say
from streamtriage.model.observation import Phase

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamtriage.model.message import Text
    from streamtriage.observations.case import Case

__all__ = [
    "accept_406",
    "protocol_version_header_400",
    "wrong_content_type_415_on_get",
]

_TRANSPORTS = "MCP 2025-11-25, basic/transports"
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


def _refusal(case: Case, *statuses: int) -> Exchange | Judgement:
    """Return the first live request answered so, else why there is none."""
    greeted, opened = case.handshake, case.opened
    asked = [greeted.initialized, greeted.post] if greeted else []
    asked += [opened.live, opened.post] if opened else []
    seen = [each for each in asked if each is not None and each.answered]
    if not seen:
        return unknown(say("negotiation.refusal.unknown"))
    found = next((each for each in seen if each.status in statuses), None)
    return found or absent(
        say("negotiation.refusal.absent"), *case.probes_of(seen, "open")
    )


@cause(
    layer="http",
    owner="server",
    scope="deployment configuration",
    impact="fatal",
    look_alike="session-400-instead-of-404",
    explains=(refused(400, at=ANSWERS),),
    fixes=(
        Fix(
            where="the server",
            what="Accept on later requests every revision that initialize agrees on.",
            paste="npm install @modelcontextprotocol/sdk@latest  # or: "
            'pip install -U "mcp"',
            verify="guard",
        ),
    ),
    citations=(
        Citation(source=f"{_TRANSPORTS}, Protocol Version Header"),
        Citation(source="https://github.com/vercel/ai/issues/14413", grade="I"),
    ),
)
def protocol_version_header_400(case: Case) -> Judgement:
    """The server refuses the protocol version header that it agreed on itself."""
    seen = _refusal(case, 400)
    if isinstance(seen, Judgement):
        return seen
    if "protocol version" not in text_of(seen):
        return absent(
            say("protocol-version-header-400.absent", seen=quoted(seen)), "open"
        )
    agreed = case.handshake.revision if case.handshake else ""
    text = say(
        "protocol-version-header-400.text.initialize-agreed-on-and",
        agreed=agreed or say("protocol-version-header-400.text"),
        label=seen.label,
        answer=answer(seen),
        seen=quoted(seen),
    )
    control = case.guard.unversioned if case.guard else None
    if control is not None and control.accepted:
        return present(
            say(
                "protocol-version-header-400.present", text=text, answer=answer(control)
            ),
            "guard",
        )
    return suspected(
        say("protocol-version-header-400.suspected", text=text),
        say("protocol-version-header-400.suspected.settle"),
        "guard",
    )


@cause(
    layer="http",
    owner="proxy",
    scope="deployment configuration",
    impact="degraded",
    look_alike="get-4xx-instead-of-405",
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
        Citation(source=f"{_TRANSPORTS}, Listening for Messages from the Server"),
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


@cause(
    layer="http",
    owner="server",
    scope="deployment configuration",
    impact="cosmetic",
    look_alike="get-4xx-instead-of-405",
    explains=(refused(415, at=STREAM_GETS),),
    fixes=(
        Fix(
            where="the server's framework",
            what="Ask for a body type only where there is a body.",
            paste='@PostMapping(path = "/mcp", consumes = "application/json")\n'
            "// and no `consumes` on the class",
            verify="open",
        ),
    ),
    citations=(
        Citation(source="RFC 9110, 15.5.16: Unsupported Media Type"),
        Citation(source=f"{_TRANSPORTS}, Listening for Messages from the Server"),
    ),
)
def wrong_content_type_415_on_get(case: Case) -> Judgement:
    """A GET is refused for lack of a body type, which a GET does not have."""
    opened = case.opened
    live = opened.live if opened else None
    if live is None or not live.answered:
        return unknown(say("wrong-content-type-415-on-get.unknown"))
    if live.status != 415:
        return absent(
            say("wrong-content-type-415-on-get.absent", answer=answer(live)), "open"
        )
    control = case.guard.typed_get if case.guard else None
    if control is None or not control.answered:
        return suspected(
            say("wrong-content-type-415-on-get.suspected", answer=answer(live)),
            say("wrong-content-type-415-on-get.suspected.settle"),
            "open",
        )
    if control.status == 415:
        return absent(
            say("wrong-content-type-415-on-get.absent.with-a-content-type"), "guard"
        )
    return present(
        say(
            "wrong-content-type-415-on-get.present",
            answer=answer(live),
            live=quoted(live),
            answer_2=answer(control),
        ),
        "open",
        "guard",
    )
