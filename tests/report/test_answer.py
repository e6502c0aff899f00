"""What the answer says: fields and never a parsed sentence, and in short sentences."""

from __future__ import annotations

import re

import pytest

from streamtriage.model import AfterwardsEvidence, Exchange, Failure
from streamtriage.phrases import IMPACTS, OUTCOMES
from streamtriage.report.answer import made_of, matters, sentence_of
from streamtriage.report.confidence import confidence
from streamtriage.report.markdown import SIZE_WANTED, comment_of
from streamtriage.report.request import decisive, steps
from streamtriage.report.sections import document_of
from ticket.executed import NAMES, report

from .samples import CANARIES, half_open, healthy, hostile, leaking, unknown

MOST_WORDS = 20
GITHUB_LIMIT = 65_536


def with_last(post: Exchange | None) -> str:
    seen = AfterwardsEvidence(initialize=None, post=post)
    sample = half_open()
    return matters(sample.model_copy(update={"evidence": (*sample.evidence, seen)}))


def post(**answered: object) -> Exchange:
    told = {"label": "POST", "method": "POST", "session": "live"} | answered
    return Exchange.model_validate(told)


def test_requests_are_said_to_work_only_if_the_last_one_did() -> None:
    assert with_last(post(status=200)).endswith(" The last POST was answered.")
    assert with_last(post(status=503, reason="Busy")).endswith("answered 503 Busy.")
    assert "was not answered: no answer within" in with_last(
        post(failure=Failure.TIMED_OUT)
    )
    assert with_last(None) == IMPACTS["degraded"]
    assert not any("equests work" in text for text in IMPACTS.values())


@pytest.mark.parametrize("name", NAMES)
def test_the_sentence_is_the_title_of_the_lead(name: str) -> None:
    kept = report(name)
    lead = next(f for f in kept.findings if f.cause == kept.verdict.causes[0])

    assert sentence_of(kept) == f"{lead.title}."


def test_a_summary_that_says_something_else_changes_nothing() -> None:
    """Nothing is read out of a sentence: the fields are what is told."""
    told = half_open()
    other = told.verdict.model_copy(update={"summary": "Quite. Another? `x`."})
    said = document_of(told.model_copy(update={"verdict": other}))

    assert said == document_of(told)


@pytest.mark.parametrize("name", [*NAMES, ""])
def test_the_tools_own_sentences_are_short(name: str) -> None:
    kept = report(name) if name else healthy()
    own = [matters(kept), confidence(kept), *OUTCOMES.values(), *IMPACTS.values()]
    for text in own:
        for sentence in re.split(r"(?<=[.:;?]) ", text):
            assert len(sentence.split()) <= MOST_WORDS, sentence


def test_when_and_with_what_is_told() -> None:
    assert made_of(half_open())[:3] == (
        "2026-11-22 12:30 UTC",
        "streamtriage 0.1.0",
        "client claude-code 2.1.197",
    )


@pytest.mark.parametrize("name", NAMES)
def test_the_request_that_decides_is_told_step_by_step(name: str) -> None:
    kept = report(name)
    found = decisive(kept)
    if found is None:
        return
    first, *bar = steps(kept, found).splitlines()

    assert re.fullmatch(
        r"DNS \S+, TCP \S+, TLS \S+, sent \S+, head \S+, byte \S+, end \S+ ms", first
    )
    assert not bar or re.fullmatch(r"t*T*s*h*b*e*>?", bar[0])


@pytest.mark.parametrize("name", NAMES)
def test_the_comment_is_short_and_says_what_to_change(name: str) -> None:
    told = document_of(report(name), remarks=("A remark.",))
    text = comment_of(told, files="The zip.")
    order = [
        text.index(part)
        for part in (
            "**Cause found.**",
            "A remark.",
            "### What to change first",
            "### How to check it",
            "streamtriage triage http://127.0.0.1",
            "streamtriage extract TICKET",
        )
    ]

    assert len(text) <= SIZE_WANTED
    assert order == sorted(order)
    assert text.count("<details>") == text.count("</details>") > 2


def test_a_report_that_does_its_worst_still_fits() -> None:
    """The answer is never left out; the rest goes, and is named."""
    text = comment_of(document_of(hostile()))

    assert len(text) < GITHUB_LIMIT
    assert "streamtriage extract TICKET" in text
    assert "Left out here for its length" in text


def test_without_a_cause_nothing_is_to_be_changed_yet() -> None:
    assert "no cause was proven" in comment_of(document_of(unknown()))


def test_no_canary_survives_in_a_comment() -> None:
    text = comment_of(document_of(leaking()))

    assert [name for name, canary in CANARIES.items() if canary in text] in (
        [],
        ["env"],
    )
