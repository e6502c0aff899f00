"""One change at a time, on a real server that is broken and then mended."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from comparison.judged import half_open
from streamtriage.apps.triage.changes_form import LoopForm
from streamtriage.apps.triage.form import Form
from streamtriage.apps.triage.notebook import Runbook
from streamtriage.apps.triage.parameters import ParameterError, Parameters
from streamtriage.changes import Ledger
from streamtriage.lab import serve

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [
    pytest.mark.real(part="commands"),
    pytest.mark.anyio,
    pytest.mark.timeout(120),
]

FAULT = "half-open-stream-409"
CANARY = "canary-4711-hunter2"


def runbook(**given: Any) -> Runbook:
    return Runbook(Parameters.read(given), environ={"STREAMTRIAGE_LOCAL": "no"})


async def enabled(button: Any) -> None:
    """Wait until a button can be pressed again."""
    ended = asyncio.Event()
    button.observe(lambda _change: ended.set(), "disabled")
    if button.disabled:
        await asyncio.wait_for(ended.wait(), 60)


async def triaged(book: Runbook, url: str) -> tuple[Form, LoopForm]:
    form, loop = book.form(), await book.change()
    assert isinstance(form, Form)
    assert isinstance(loop, LoopForm)
    form.fields["url"].value = url
    form.fields["hold_s"].value = 0
    form.run.click()
    await enabled(form.run)
    return form, loop


def write(loop: LoopForm, **typed: str) -> None:
    for name, field in loop.fields.items():
        field.value = typed.get(name, "")


CHANGE = {
    "what": "proxy_ignore_client_abort",
    "where": "nginx.conf",
    "old": "on",
    "new": "off",
}


async def test_the_one_change_that_heals_is_credited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing changed, then one change that mends it, then everything again."""
    monkeypatch.chdir(tmp_path)
    book = runbook(ask=True)
    with serve(FAULT) as lab:
        port = urlsplit(lab.url).port or 0
        form, loop = await triaged(book, lab.url)
        loop.smallest.click()
        await enabled(loop.smallest)
        ledger, record = loop.panes[0], await book.record()
        unchanged = ledger.text
    nothing = record.text
    with serve("healthy", port):
        write(loop, **CHANGE)
        loop.smallest.click()
        assert form.run.disabled
        await enabled(loop.smallest)
        credited = ledger.text
        loop.whole.click()
        await enabled(loop.whole)
    path = tmp_path / f"ledger-127.0.0.1-{port}.json"
    kept = Ledger.model_validate_json(path.read_text())
    working = json.loads(path.with_name(f"{path.stem}-working.json").read_text())

    assert "nothing was changed" in unchanged
    assert "No change is credited yet" in nothing
    assert "✓ credited" in credited
    assert f"`{FAULT}` present | `{FAULT}` absent" in credited
    assert [e.weighed.credit for e in kept.experiments][:2] == ["no change", "credited"]
    assert kept.experiments[1].action.probes == ("second",)
    assert working["verdict"]["outcome"] == "healthy"
    assert (
        "Set proxy\\_ignore\\_client\\_abort in nginx.conf back to on." in record.text
    )
    assert "Nothing wrong was found." in record.text
    assert f"`{path.stem}-working.json`" in record.text
    assert "Nothing wrong was found." in (await book.verdict()).text


async def test_two_changes_are_credited_to_neither_and_outlive_the_kernel(
    tmp_path: Path,
) -> None:
    path = tmp_path / "ledger.json"
    book = runbook(ask=True, ledger_json=str(path))
    with serve(FAULT) as lab:
        port = urlsplit(lab.url).port or 0
        _, loop = await triaged(book, lab.url)
    with serve("healthy", port):
        write(loop, **CHANGE, also="proxy_buffering")
        loop.smallest.click()
        await enabled(loop.smallest)
    next_kernel = runbook(ask=True, ledger_json=str(path))
    again = await next_kernel.change()

    assert "not credited: two changes at once" in loop.panes[0].text
    assert isinstance(again, LoopForm)
    assert "not credited: two changes at once" in again.panes[0].text


async def test_one_probe_is_run_again_and_shown_beside_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ledger is not touched, and the verdict above stays."""
    monkeypatch.chdir(tmp_path)
    book = runbook(ask=True)
    with serve("get-not-implemented-404") as lab:
        port = urlsplit(lab.url).port or 0
        _, loop = await triaged(book, lab.url)
    with serve("healthy-get-405", port):
        loop.probe.value = "open"
        loop.one.click()
        await enabled(loop.one)

    assert "First GET, live session | 404 Not Found | 405" in loop.panes[1].text
    assert "No experiment yet" in loop.panes[0].text
    assert book.report is not None
    assert book.report.verdict.causes[0] == "get-not-implemented-404"


async def test_pressing_too_early_or_half_filled_says_what_to_do() -> None:
    book = runbook(ask=True)
    loop = await book.change()
    assert isinstance(loop, LoopForm)
    loop.smallest.click()
    early = loop.panes[0].text
    write(loop, where="nginx.conf")
    loop.smallest.click()

    assert "First run the triage in the form above" in early
    assert "say in 'what' what was changed" in loop.panes[0].text.replace("\\", "")


async def test_a_secret_in_a_change_is_kept_nowhere(tmp_path: Path) -> None:
    """Not in the panes, not in the file: neither by name nor as the run's own value."""
    path = tmp_path / "ledger.json"
    book = runbook(ask=True, ledger_json=str(path))
    form = book.form()
    assert isinstance(form, Form)
    form.fields["secret"].value = f"{CANARY}-own"
    with serve("get-not-implemented-404") as lab:
        _, loop = await triaged(book, lab.url)
        write(loop, what="Authorization", old=f"Bearer {CANARY}", new=f"{CANARY}-own")
        loop.smallest.click()
        await enabled(loop.smallest)
        write(loop, what="a header", new=f"x {CANARY}-own")
        loop.smallest.click()
        await enabled(loop.smallest)

    seen = path.read_text() + loop.panes[0].text + (await book.record()).text
    assert "no effect" in seen
    assert CANARY not in seen


async def test_headless_change_is_weighed_against_an_earlier_report(
    tmp_path: Path,
) -> None:
    """The same flow with parameters: before_json, change, ledger_json."""
    before, ledger = tmp_path / "before.json", tmp_path / "ledger.json"
    with serve(FAULT) as lab:
        port = urlsplit(lab.url).port or 0
        first = runbook(ask=False, url=lab.url, hold_s=0, report_json=str(before))
        await first.verdict()
    with serve("healthy", port) as lab:
        then = runbook(
            ask=False,
            url=lab.url,
            hold_s=0,
            before_json=str(before),
            change=json.dumps(CHANGE),
            ledger_json=str(ledger),
            working=str(before),
        )
        pane, record = await then.change(), await then.record()
        compared = await then.compared()

    assert not isinstance(pane, LoopForm)
    assert "✓ credited" in pane.text
    assert "### Fix: " in record.text
    assert "The two sides look swapped" in compared.text
    assert Ledger.model_validate_json(ledger.read_text()).fix is not None


async def test_a_rehearsal_rehearses_the_change_too() -> None:
    book = runbook(ask=False, lab_fault="get-not-implemented-404")
    pane = await book.change()

    assert not isinstance(pane, LoopForm)
    assert pane.text.startswith("_REHEARSAL. Run of ")
    assert "> **Rehearsal.**" in pane.text
    assert "✓ credited" in pane.text
    assert "get-not-implemented-404 → healthy" in pane.text


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"url": "http://127.0.0.1:9/mcp", "change": CHANGE}, "name in before_json"),
        ({"before_json": "/nowhere/x.json"}, "before_json: /nowhere/x.json cannot be"),
        ({"working": "/nowhere/x.json"}, "working: /nowhere/x.json cannot be read"),
        ({"change": {"old": "x"}}, "change: "),
        ({"change": "nonsense"}, "change: "),
    ],
)
async def test_unusable_parameters_are_refused_in_words(
    given: dict[str, Any], says: str
) -> None:
    with pytest.raises(ParameterError, match=says):
        runbook(ask=False, **given)


@pytest.mark.parametrize("name", ["before_json", "working"])
async def test_a_rehearsals_report_is_refused_beside_a_run_in_earnest(
    name: str, tmp_path: Path
) -> None:
    rehearsed = half_open().model_copy(update={"rehearsal": True})
    path = tmp_path / "rehearsed.json"
    path.write_text(rehearsed.model_dump_json())

    with pytest.raises(ParameterError, match=f"{name}: that report is of a rehearsal"):
        runbook(ask=False, url="http://127.0.0.1:9/mcp", **{name: str(path)})


async def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    report.write_text(half_open().model_dump_json())
    odd = tmp_path / "odd.json"
    odd.write_text(json.dumps({"schema_version": "1.0"}))

    with pytest.raises(ParameterError, match="is no ledger of this tool"):
        runbook(ask=True, ledger_json=str(report))
    with pytest.raises(ParameterError, match="is no report of this tool: at tool"):
        runbook(ask=True, before_json=str(odd))
