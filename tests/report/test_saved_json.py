"""What is written of a report leaves out what can be looked up, and loses nothing."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

import streamtriage
from old_reports import FOLDER
from streamtriage.causes import BY_ID
from streamtriage.judging import judge_again, saved_json
from streamtriage.lab import serve
from streamtriage.model import Report, Status
from streamtriage.report import report_schema
from streamtriage.triage import triage

FILES = sorted(FOLDER.glob("*.json"))
reports = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)


@pytest.fixture
def report(path: object) -> Report:
    text = path.read_text(encoding="utf-8")  # type: ignore[attr-defined]
    return judge_again(Report.model_validate_json(text))


@reports
def test_what_is_written_reads_as_what_was_judged(report: Report) -> None:
    text = saved_json(report)

    assert Report.model_validate_json(text) == report
    assert Report.model_validate_json(report.model_dump_json()) == report
    assert saved_json(Report.model_validate_json(text)) == text


@reports
def test_what_is_written_conforms_to_the_published_schema(report: Report) -> None:
    Draft202012Validator(report_schema()).validate(json.loads(saved_json(report)))


@reports
def test_the_catalogue_is_not_copied(report: Report) -> None:
    """Without evidence, a report takes a fifth of what it takes in full."""
    bare = report.model_copy(update={"evidence": ()})

    assert len(saved_json(bare)) < len(bare.model_dump_json()) / 5


@reports
def test_whoever_has_only_the_json_knows_what_to_do(report: Report) -> None:
    written = {f["cause"]: f for f in json.loads(saved_json(report))["findings"]}
    # All others of the catalogue, whose ids need not be copied.
    assert json.loads(saved_json(report))["not_judged"] == ["*"]
    ids = BY_ID.keys() - written

    for finding in report.findings:
        if finding.status is Status.UNKNOWN:
            assert finding.cause in ids
            assert finding.cause not in written
            continue
        told = written[finding.cause]
        assert (told["status"], told["because"]) == (finding.status, finding.because)
        if finding.status is not Status.ABSENT:
            assert told["title"] == finding.title
            assert told["owner"] == finding.owner
            assert len(told.get("fixes", ())) == len(finding.fixes)


def test_a_cause_that_this_version_does_not_know_is_kept() -> None:
    """A report of another catalogue is written whole, and is read as it is."""
    saved = Report.model_validate_json(FILES[0].read_text(encoding="utf-8"))
    strange = saved.findings[0].model_copy(update={"cause": "of-another-version"})
    report = saved.model_copy(update={"findings": (strange,)})

    assert Report.model_validate_json(saved_json(report)) == report


def test_whoever_has_only_the_records_reads_it(tmp_path: Path) -> None:
    """What is looked up is found in a program that has imported nothing else."""
    path = tmp_path / "report.json"
    report = judge_again(Report.model_validate_json(FILES[0].read_text()))
    path.write_text(saved_json(report), encoding="utf-8")
    reads = (
        "import sys; from pathlib import Path; from streamtriage.model import Report; "
        "print(len(Report.model_validate_json(Path(sys.argv[1]).read_text()).findings))"
    )

    done = subprocess.run(
        [sys.executable, "-c", reads, str(path)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stderr == ""
    assert int(done.stdout) == len(report.findings)


@reports
def test_one_line_an_entry_reads_the_same(report: Report) -> None:
    text = saved_json(report, lines=True)

    assert Report.model_validate_json(text) == report
    assert text.count("\n") > len(report.evidence)
    assert json.loads(text) == json.loads(saved_json(report))


@reports
def test_what_is_read_to_be_judged_is_judged_once(report: Report) -> None:
    """Whoever judges it anew is not kept waiting for what was judged before."""
    text = saved_json(report)
    as_written = Report.model_validate_json(text, context={"as_written": True})

    kept = Report.model_validate_json(text, context={"as_written": True})
    assert judge_again(kept) == report
    assert len(as_written.findings) == len(json.loads(text)["findings"])


@reports
def test_a_report_of_another_version_is_written_as_it_is(report: Report) -> None:
    """What it says of a cause is its own, though this version would say otherwise."""
    theirs = report.tool.model_copy(update={"version": "0.0.9"})
    first, *others = report.findings
    reworded = first.model_copy(update={"because": "As it was said then."})
    old = report.model_copy(update={"tool": theirs, "findings": (reworded, *others)})

    assert Report.model_validate_json(saved_json(old)) == old


@pytest.mark.anyio
async def test_a_report_takes_no_more_than_what_was_measured() -> None:
    """Where nothing could be measured, the catalogue took 86 kB; now it takes 4."""
    with serve("tcp-refused-server-down") as lab:
        report = (await triage(lab.intake, environ={})).shown
    text = saved_json(report, lines=True)

    assert len(text) <= 4_000
    assert Report.model_validate_json(text) == report


def test_nobody_writes_a_report_but_its_writer() -> None:
    """A file, a notebook or a ticket with the long form would be the first again."""
    lib = Path(streamtriage.__file__).parent
    long = re.compile(r"\b(?:report|after|before)\)*\.model_dump_json\(")
    found = [
        f"{path.relative_to(lib)}: {line.strip()}"
        for path in sorted(lib.rglob("*.py"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if long.search(line)
    ]

    assert found == []
    assert long.search("x = checked(after).model_dump_json(indent=2)")
