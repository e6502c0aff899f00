"""Causes that rest on what was asked again, each beside its nearest look-alike."""

from __future__ import annotations

from dataclasses import replace

import pytest

from causes.samples import case, find, initialize
from streamtriage.causes import Case, conclude, judge
from streamtriage.model import (
    AfterwardsEvidence,
    Change,
    ChangeKind,
    Exchange,
    FollowUpEvidence,
    HandshakeEvidence,
    Intake,
    Question,
)

CF = {"server": "cloudflare", "cf-ray": "8a1b2c3d4e5f6a7b-FRA"}
ACCEPT = (
    "Not Acceptable: Client must accept both application/json and text/event-stream"
)


def refused(status: int = 404, words: str = "Not Found", **more: object) -> Exchange:
    given: dict[str, object] = {
        "excerpt": words,
        "body_bytes": len(words),
        "content_type": "text/plain" if words else "",
        **more,
    }
    return initialize(status, **given)


def change(
    kind: ChangeKind,
    tried: Exchange,
    unchanged: Exchange | None = None,
    once_more: Exchange | None = None,
    name: str = "",
) -> Change:
    return Change(
        id=name or kind,
        kind=kind,
        says=f"with another {kind}",
        tried=tried,
        unchanged=unchanged,
        once_more=once_more,
    )


def flip(kind: ChangeKind, again: Exchange, name: str = "") -> Change:
    return change(kind, initialize(), again, initialize(), name)


def paths(tried: Exchange, *others: Exchange) -> tuple[Change, ...]:
    named = ["slash-on", "path-root", "path-made-up"]
    answers = [*others, *[tried] * (3 - len(others))]
    kinds: list[ChangeKind] = ["slash", "path", "path"]
    found = zip(kinds, answers, named, strict=True)
    return tuple(change(kind, seen, name=name) for kind, seen, name in found)


def mended(again: Exchange, *changes: Change) -> Case:
    """Return the case of a refused `initialize` that was asked again so."""
    question = Question(again=again, changes=changes)
    return Case(
        intake=Intake(url="https://mcp.example/mcp"),
        signature=case().signature,
        evidence=(
            HandshakeEvidence(initialize=again),
            FollowUpEvidence(questions=(question,), sent=len(changes) + 1),
        ),
    )


def taken_once(again: Exchange, *changes: Change) -> Case:
    """Return the same, where a second client's `initialize` was taken as it is."""
    seen = mended(again, *changes)
    later = AfterwardsEvidence(initialize=initialize(started_s=9.0))
    return replace(seen, evidence=(*seen.evidence, later))


NO = refused()
EMPTY = refused(404, "", headers=CF)
BAD = refused(406, ACCEPT)
ROWS = [
    ("the twin works", "wrong-path", mended(NO, flip("slash", NO)), "present"),
    (
        "the twin works, and so did the same",
        "wrong-path",
        taken_once(NO, flip("slash", NO)),
        "absent",
    ),
    ("another path works", "wrong-path", mended(NO, flip("path", NO)), "present"),
    (
        "it worked once",
        "wrong-path",
        mended(NO, change("slash", initialize())),
        "absent",
    ),
    (
        "it works unchanged too",
        "wrong-path",
        mended(NO, change("slash", initialize(), initialize(), initialize())),
        "absent",
    ),
    ("a header mends it", "wrong-path", mended(NO, flip("agent", NO)), "unknown"),
    ("every path, edge, empty", "no-route", mended(EMPTY, *paths(EMPTY)), "present"),
    ("one path is another", "no-route", mended(EMPTY, *paths(EMPTY, NO)), "absent"),
    ("nobody's words", "no-route", mended(NO, *paths(NO)), "suspected"),
    (
        "an app's words behind the edge",
        "no-route",
        mended(refused(headers=CF), *paths(refused(headers=CF))),
        "suspected",
    ),
    (
        "an app's name on an empty answer",
        "no-route",
        mended(
            refused(404, "", headers={**CF, "x-powered-by": "Express"}),
            *paths(refused(404, "", headers={**CF, "x-powered-by": "Express"})),
        ),
        "suspected",
    ),
    (
        "the edge's page with a number of its own",
        "no-route",
        mended(
            refused(404, "no such host, ray 8a1b2c3d"),
            *paths(refused(404, "no such host, ray 9f8e7d6c")),
        ),
        "suspected",
    ),
    ("no made-up path", "no-route", mended(EMPTY, change("slash", EMPTY)), "unknown"),
    (
        "in the same words",
        "accept-406",
        mended(BAD, change("accept", BAD), change("accept", BAD)),
        "present",
    ),
    (
        "Java's constants",
        "accept-406",
        mended(
            refused(400, "Invalid Accept header. Expected TEXT_EVENT_STREAM"),
            change(
                "accept",
                refused(400, "Invalid Accept header. Expected TEXT_EVENT_STREAM"),
            ),
        ),
        "present",
    ),
    ("another value works", "accept-406", mended(BAD, flip("accept", BAD)), "present"),
    (
        "another refusal",
        "accept-406",
        mended(BAD, change("accept", refused(406, "only application/json"))),
        "unknown",
    ),
    (
        "406 without a word",
        "accept-406",
        mended(refused(406, ""), change("accept", refused(406, ""))),
        "suspected",
    ),
    (
        "400 about something else",
        "accept-406",
        mended(refused(400, "bad json"), change("accept", refused(400, "bad json"))),
        "unknown",
    ),
    (
        "without a charset",
        "charset-refused",
        mended(NO, flip("charset", NO, "charset-off")),
        "present",
    ),
    (
        "in a length",
        "chunked-refused",
        mended(NO, flip("framing", NO, "chunked-off")),
        "present",
    ),
    ("in chunks alone", "chunked-refused", mended(NO, flip("framing", NO)), "absent"),
    ("in chunks alone", "one-change-mends", mended(NO, flip("framing", NO)), "present"),
    ("the other form", "charset-refused", mended(NO, flip("framing", NO)), "unknown"),
    (
        "an older revision",
        "one-change-mends",
        mended(NO, flip("revision", NO)),
        "present",
    ),
    ("a User-Agent", "one-change-mends", mended(NO, flip("agent", NO)), "present"),
    ("its own cause", "one-change-mends", mended(NO, flip("slash", NO)), "absent"),
    ("nothing helped", "one-change-mends", mended(NO, change("agent", NO)), "absent"),
]


@pytest.mark.parametrize(
    ("cause", "seen", "status"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS]
)
def test_judged(cause: str, seen: Case, status: str) -> None:
    assert find(cause, seen).status == status


def breaking(tried: Exchange, kind: ChangeKind = "charset") -> Case:
    """Return a sound server's case, asked as the pasted text says."""
    turns = change(kind, tried, initialize(), tried)
    question = Question(direction="break", again=initialize(), changes=(turns,))
    seen = case(intake=Intake(error="HTTP 415: charset"))
    return Case(
        intake=seen.intake,
        signature=seen.signature,
        evidence=(*seen.evidence, FollowUpEvidence(questions=(question,))),
    )


def test_form_that_is_refused_blocks_who_sends_it() -> None:
    seen = judge(breaking(refused(415, "Unsupported Media Type")))
    verdict = conclude(breaking(refused(415)), seen)

    assert (verdict.causes, verdict.impact) == (("charset-refused",), "fatal")


def test_form_that_is_taken_accuses_nobody() -> None:
    seen = breaking(initialize())
    verdict = conclude(seen, judge(seen))

    assert verdict.causes == ()
    assert verdict.outcome == "healthy"


def test_what_followed_up_showed_is_told_where_it_explains_nothing() -> None:
    seen = mended(refused(422, "no"), change("agent", NO), change("accept", NO))
    verdict = conclude(seen, judge(seen))

    assert verdict.outcome == "could-not-tell"
    assert "2 changes, one at a time (User-Agent and accept)" in verdict.summary
    assert verdict.unexplained == ("refused:handshake.initialize",)
