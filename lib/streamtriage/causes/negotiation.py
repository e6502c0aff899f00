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
from streamtriage.model.observation import Phase

if TYPE_CHECKING:
    from collections.abc import Sequence

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
_MUST = r"\b(?:must|should|has to|needs? to)\b"
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
        return unknown("Nothing was answered in a live session.")
    found = next((each for each in seen if each.status in statuses), None)
    return found or absent(
        "Nothing in a live session was answered so.", *case.probes_of(seen, "open")
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
        return absent(f"The refusal{quoted(seen)} is about something else.", "open")
    agreed = case.handshake.revision if case.handshake else ""
    text = (
        f"`initialize` agreed on {agreed or 'a revision'}, and `{seen.label}` with "
        f"that in MCP-Protocol-Version was answered {answer(seen)}{quoted(seen)}"
    )
    control = case.guard.unversioned if case.guard else None
    if control is not None and control.accepted:
        return present(f"{text}; without the header, {answer(control)}.", "guard")
    return suspected(
        f"{text}; without the header it was not accepted either.",
        "Compare the header that reaches the server with the one that was sent.",
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
        return unknown("No GET was answered in a live session.")
    controls = (
        (opened.accept_both if opened else None, "both media types"),
        (case.guard.any_accept if case.guard else None, "`*/*`"),
    )
    # Go's SDK says the same with 400.
    if live.status not in (400, 406) or not _asks_for_streams(text_of(live)):
        return _unexplained(live, controls)
    text = (
        f"The GET accepts text/event-stream, and was answered {answer(live)}"
        f"{quoted(live)}"
    )
    for control, sent in controls:
        if control is not None and control.is_event_stream:
            return present(f"{text}; accepting {sent}, {answer(control)}.", "guard")
    return suspected(
        f"{text}, which is what it had sent; it is refused with other values as well.",
        "Compare the Accept header that reaches the server with the one that was sent.",
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
            return present(f"{pair(question, flip)}.", "follow-up")
        words = text_of(first)
        asks = first.status == 406 or "accept" in words
        wants = bool(_SENT.search(words)) and not _DENIES.search(words)
        others = [c for c in question.changes if c.kind == "accept"]
        same = all(
            (c.tried.status, text_of(c.tried)) == (first.status, words) for c in others
        )
        if not (asks and same):
            continue
        text = (
            f"`{question.request}` accepts application/json and text/event-stream, and "
            f"was answered {answer(first)}{quoted(first)}; with {len(others)} other "
            "values of Accept, in the same words"
        )
        if wants:
            return present(
                f"{text}: it asks for what had been sent, so what was sent did not "
                "arrive.",
                "follow-up",
            )
        return suspected(
            f"{text}: the header may not arrive as it was sent.",
            "Compare the Accept header that reaches the server with the one that was "
            "sent.",
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
    live: Exchange, controls: Sequence[tuple[Exchange | None, str]]
) -> Judgement:
    """Judge a refusal that does not say what should have been accepted.

    406 is about the Accept header by definition (RFC 9110, 15.5.7), but whether a hop
    changed it or the server wants another one, only its words could say.
    """
    for control, sent in controls:
        if live.status == 406 and control is not None and control.is_event_stream:
            return suspected(
                f"The GET accepts text/event-stream, and was answered {answer(live)}; "
                f"accepting {sent}, it was answered with an event stream.",
                "Compare the Accept header that reaches the server with the one that "
                "was sent.",
                "open",
                "guard",
            )
    return absent(f"The GET was answered {answer(live)}.", "open")


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
        return unknown("No GET was answered in a live session.")
    if live.status != 415:
        return absent(f"The GET was answered {answer(live)}.", "open")
    control = case.guard.typed_get if case.guard else None
    if control is None or not control.answered:
        return suspected(
            f"The GET was answered {answer(live)}.",
            "Send the GET with Content-Type: application/json.",
            "open",
        )
    if control.status == 415:
        return absent("With a Content-Type it is 415 as well.", "guard")
    return present(
        f"The GET was answered {answer(live)}{quoted(live)}; with a Content-Type, "
        f"{answer(control)}.",
        "open",
        "guard",
    )
