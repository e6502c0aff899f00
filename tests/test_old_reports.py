"""Reports that were saved long ago are judged as they were, without a network.

They are never written anew just to make a test pass: a difference means that somebody
who kept such a report now reads another verdict. If that is meant, or if the report's
schema has changed, save them again from real runs and say why in CHANGELOG.md:

    cd tests && python -m old_reports
"""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING

import pytest

from old_reports import FOLDER, SAVED
from streamtriage.model import Report, Status
from streamtriage.triage import judge_again

if TYPE_CHECKING:
    from pathlib import Path

    from streamtriage.model import Finding

FILES = sorted(FOLDER.glob("*.json"))
ACCUSED = (Status.PRESENT, Status.SUSPECTED)
_OWN = ("/home/", "/root/", "/tmp/", "/Users/")
old_reports = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)


# What is judged otherwise since, and why: report, cause, status of now.
_NOT_WATCHED = "no stream was watched, so its end is not known, and was never ruled out"
DIFFERENT = {
    (report, cause): (Status.UNKNOWN, _NOT_WATCHED)
    for report in ("gateway-blocks-get", "get-4xx-instead-of-405")
    for cause in ("drain-at-deploy", "platform-max-request-300s")
}


def statuses(findings: tuple[Finding, ...]) -> dict[str, Status]:
    return {each.cause: each.status for each in findings}


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object, **_named: object) -> None:
        raise AssertionError("a saved report was judged over the network")

    monkeypatch.setattr(socket, "socket", refuse)


@old_reports
@pytest.mark.usefixtures("no_network")
def test_old_report_is_judged_the_same(path: Path) -> None:
    """Each cause of then has its status of then; causes since then accuse nobody."""
    saved = Report.model_validate_json(path.read_text(encoding="utf-8"))
    then, now = statuses(saved.findings), statuses(judge_again(saved).findings)

    meant = {c: DIFFERENT[path.stem, c][0] for c in then if (path.stem, c) in DIFFERENT}
    assert {cause: now.get(cause) for cause in then} == {**then, **meant}
    assert not [c for c, s in now.items() if c not in then and s in ACCUSED]


@old_reports
def test_old_report_names_its_fault(path: Path) -> None:
    saved = Report.model_validate_json(path.read_text(encoding="utf-8"))

    assert judge_again(saved).verdict.causes == (path.stem,)


@old_reports
def test_old_report_shows_nothing_private(path: Path) -> None:
    """Committed reports name no folder of the machine that they were made on."""
    text = path.read_text(encoding="utf-8")

    assert not [each for each in _OWN if f'"{each}' in text or f"`{each}" in text]
    assert socket.gethostname() not in json.dumps(json.loads(text)["target"])


def test_every_saved_fault_is_there() -> None:
    assert [path.stem for path in FILES] == sorted(SAVED)
