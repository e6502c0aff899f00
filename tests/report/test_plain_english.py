"""The English of verdicts is short: half of its sentences have at most 14 words."""

from __future__ import annotations

import re
from statistics import median
from typing import TYPE_CHECKING

import pytest

import catalogues
from old_reports import FOLDER
from streamtriage.causes import CAUSES
from streamtriage.judging import judge_again
from streamtriage.model import Report, Status

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST = 14
# A longer one is three sentences in one.
LONGEST = 45
_END = re.compile(r"(?<=[.?!])\s+(?=[A-Z0-9`“{])")
_QUOTED = re.compile(r"“[^”]*”|\"[^\"]*\"|`[^`]*`|\{[^}]*\}")
# What the catalogue names besides what judges say.
_CAUSES = {cause.id for cause in CAUSES}


def sentences(text: str) -> Iterator[str]:
    """Yield sentences; what is quoted, code and a value are one word each."""
    for each in _END.split(_QUOTED.sub("X", text)):
        if len(words(each)) > 1:
            yield each


def words(sentence: str) -> list[str]:
    return [each for each in sentence.split() if re.search(r"\w", each)]


def of_verdict(report: Report) -> Iterator[str]:
    """Yield what a verdict says: its summary, each reason, gaps, and the next step."""
    verdict = report.verdict
    yield from sentences(verdict.summary)
    yield from sentences(verdict.next_step or "")
    for gap in verdict.gaps:
        yield from sentences(gap.says)
    for finding in report.findings:
        if finding.status in (Status.PRESENT, Status.SUSPECTED):
            yield from sentences(finding.because)
            yield from sentences(finding.settle)


def of_judges() -> Iterator[str]:
    """Yield every sentence of the catalogue that a cause of that name says."""
    for one in catalogues.read("en"):
        name = one.id[0] if isinstance(one.id, list | tuple) else one.id
        if name.partition(".")[0] in _CAUSES:
            several = (
                one.string if isinstance(one.string, list | tuple) else [one.string]
            )
            for text in several:
                yield from sentences(str(text))


def test_half_of_the_sentences_of_verdicts_are_short() -> None:
    files = sorted(FOLDER.glob("*.json"))
    reports = [judge_again(Report.model_validate_json(f.read_text())) for f in files]
    lengths = [len(words(s)) for report in reports for s in of_verdict(report)]

    assert len(lengths) > 10 * len(files) / 2
    assert median(lengths) <= MOST


def test_half_of_the_sentences_of_judges_are_short_and_none_is_endless() -> None:
    told = list(of_judges())

    assert len(told) > len(_CAUSES)
    assert median(len(words(each)) for each in told) <= MOST
    assert [each for each in told if len(words(each)) > LONGEST] == []


@pytest.mark.parametrize(
    ("text", "lengths"),
    [
        ("It works. 7 GETs got `404 Not Found`.", [2, 4]),
        ("{answer} came after {after_s:.1f} s. The server said “a. b. c”.", [5, 4]),
    ],
)
def test_words_are_counted(text: str, lengths: list[int]) -> None:
    assert [len(words(each)) for each in sentences(text)] == lengths
