"""What others have seen: a match, none, or unknown, and never a match on a guess."""

from __future__ import annotations

import pytest

from causes import samples
from comparison.judged import HALF_OPEN, KEPT, URL, half_open, report
from streamtriage.causes import CAUSES
from streamtriage.comparison import Resemblance, resemblances
from streamtriage.comparison.cause_index import (
    NOT_TOLD,
    causes_by_issue,
    causes_by_kind,
)
from streamtriage.knowledge.reports import field_reports, issues
from streamtriage.model import (
    End,
    Exchange,
    FingerprintEvidence,
    Hop,
    Intake,
    Report,
)

NAMES = {cause.id for cause in CAUSES}
RENDER = "https://github.com/render-oss/render-mcp-server/issues/26"
LIBRECHAT = "https://github.com/danny-avila/LibreChat/pull/14816"
TWO_HOPS = "https://github.com/robhunter/agentdeals/issues/1098"
CLAUDE_404 = "https://github.com/anthropics/claude-code/issues/62198"
DEFECT = "lab, Claude Code 2.1.81; claude-code#38631"


def held(source: str, seen: Report) -> Resemblance:
    return next(each for each in resemblances(seen) if each.source == source)


def answer(source: str, seen: Report) -> str:
    return held(source, seen).answer


def claude(version: str = "", error: str = "") -> Intake:
    return Intake(
        url=URL, client="claude-code", client_version=version, error=error, hold_s=3
    )


def test_every_kind_and_issue_is_mapped_to_causes_that_exist() -> None:
    kinds = {k.strip() for row in field_reports() for k in row.kinds.split(" + ")}
    rows = {f"{row.repo}#{row.number}" for row in issues()}

    assert kinds <= set(causes_by_kind()) | NOT_TOLD
    assert set(causes_by_kind()).isdisjoint(NOT_TOLD)
    assert set(causes_by_issue()) <= rows


def test_nothing_is_claimed_where_nothing_was_measured() -> None:
    nothing = report(without=("reach", "era", "handshake", "open", "reopen", "hold"))

    # Whether the text ends at the colon is known without any probe.
    told = [e for e in resemblances(nothing) if "h2-empty-reason" not in e.because]
    assert {each.answer for each in told} == {"unknown"}


def test_a_sound_server_matches_nobody() -> None:
    assert "match" not in {each.answer for each in resemblances(report())}


def test_the_same_mechanism_matches_and_its_look_alike_does_not() -> None:
    """409 on reopening is what LibreChat met; a refused first GET is not."""
    first = samples.refused_everywhere(samples.refusal(409, reason="Conflict"))

    assert answer(LIBRECHAT, half_open()) == "match"
    assert answer(LIBRECHAT, report()) == "no match"
    assert answer(LIBRECHAT, report(*first.evidence)) != "match"


@pytest.mark.parametrize(
    ("stream", "expected", "says"),
    [
        (samples.stream(305.3, End.RESET), "match", "present here too"),
        (samples.stream(60.2, End.RESET), "no match", "ended after 60.2 s"),
        (samples.stream(3.0), "unknown", "still open after 3 s"),
        (samples.stream(420.0), "no match", "still open after 420 s"),
    ],
    ids=["same age", "another age", "not watched for as long", "outlived it"],
)
def test_the_age_at_the_cut_decides(stream: Exchange, expected: str, says: str) -> None:
    """A report of 305 s and 120 s, with the same 409 afterwards."""
    vanished = HALF_OPEN.model_copy(update={"ended_by": "client-rst"})
    seen = report(
        samples.reopen(HALF_OPEN, after_vanish=vanished),
        samples.hold(stream, stream, stream),
        kept=(KEPT,),
    )
    found = held(RENDER, seen)

    assert found.answer == expected
    assert says in found.because


def test_a_hop_without_a_trace_leaves_it_open() -> None:
    """No trace of Cloudflare is no proof that there is none, and no match either."""
    cut = samples.stream(125.4, End.RESET)
    bare = report(samples.hold(cut, cut))
    hop = Hop(
        name="Cloudflare",
        product="cloudflare",
        sign="cf-ray",
        certainty="decisive",
        limits="",
        source="docs",
        grade="V",
    )
    traced = bare.model_copy(
        update={"evidence": (*bare.evidence, FingerprintEvidence(hops=(hop,)))}
    )

    way = {a.what: a.answer for a in held(TWO_HOPS, traced).aspects}
    unseen = {a.what: a.answer for a in held(TWO_HOPS, bare).aspects}
    assert (way["way"], unseen["way"]) == ("match", "unknown")


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("2.1.146", "no match"),
        ("2.1.147", "match"),
        ("2.1.152", "match"),
        ("2.1.153", "no match"),
        ("", "unknown"),
    ],
)
def test_the_version_decides(version: str, expected: str) -> None:
    """Good in 2.1.146, bad from 2.1.147 on, mended in 2.1.153."""
    wrong = samples.refused_everywhere(samples.refusal(404))
    seen = report(*wrong.evidence, intake=claude(version))
    found = held(CLAUDE_404, seen)

    (aspect,) = (a for a in found.aspects if a.what == "version")
    assert aspect.answer == expected


def test_another_client_and_an_unnamed_one_are_told_apart() -> None:
    other = Intake(url=URL, client="cursor", client_version="2.1.147", hold_s=3)

    assert answer(CLAUDE_404, half_open(intake=other)) == "no match"
    (aspect,) = (a for a in held(CLAUDE_404, half_open()).aspects if a.what == "client")
    assert aspect.answer == "unknown"


@pytest.mark.parametrize(
    ("intake", "expected"),
    [
        (claude("2.1.81", "Maximum reconnection attempts (2) exceeded."), "match"),
        (claude("2.1.81", "Something else"), "unknown"),
        (claude("2.1.83", "Maximum reconnection attempts (2) exceeded."), "no match"),
        (claude("", "Maximum reconnection attempts (2) exceeded."), "unknown"),
    ],
    ids=["version and text", "no such text", "a later version", "no version"],
)
def test_a_known_behaviour_needs_its_version_and_its_text(
    intake: Intake, expected: str
) -> None:
    assert answer(DEFECT, half_open(intake=intake)) == expected


def test_every_answer_has_its_reason_and_matches_come_first() -> None:
    found = resemblances(half_open(intake=claude("2.1.120")))
    order = [each.answer for each in found]

    assert all(each.because and each.source for each in found)
    assert order == sorted(order, key=["match", "unknown", "no match"].index)
    assert all(
        a.answer == "match" for e in found if e.answer == "match" for a in e.aspects
    )
