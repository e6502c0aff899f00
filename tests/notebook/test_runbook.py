"""The runbook as a person meets it: a form, Run, panes that fill in by themselves."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from streamtriage.apps.triage.form import Form
from streamtriage.apps.triage.machine_scan import LOCAL
from streamtriage.apps.triage.notebook import Runbook, begin
from streamtriage.apps.triage.parameters import Parameters
from streamtriage.lab import serve
from streamtriage.notebook.frontend import somebody_looks_on
from streamtriage.transport.target import IntakeError

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.anyio

PASTED = "Failed to reconnect SSE stream: Streamable HTTP error: "
CANARY = "canary-4711-hunter2"


def runbook(**given: Any) -> Runbook:
    # What the person who runs the tests has on the machine is not their business.
    return Runbook(Parameters.read(given), environ={LOCAL: "no"})


def form_of(book: Runbook) -> Form:
    form = book.form()
    assert isinstance(form, Form)
    return form


async def until_done(form: Form) -> None:
    """Wait until Run can be pressed again."""
    ended = asyncio.Event()
    form.run.observe(lambda _change: ended.set(), "disabled")
    if form.run.disabled:
        await asyncio.wait_for(ended.wait(), 30)


def test_the_server_names_the_session_for_its_kernels() -> None:
    assert somebody_looks_on({"JPY_SESSION_NAME": "triage.ipynb"})
    assert not somebody_looks_on({})


async def test_pressing_run_fills_in_every_pane(tmp_path: Path) -> None:
    """Panes that were shown before Run hold the verdict after it."""
    book = runbook(ask=True, report_json=str(tmp_path / "report.json"))
    form = form_of(book)
    verdict = await book.verdict()
    before = verdict.text
    with serve("get-not-implemented-404") as lab:
        form.fields["url"].value = lab.url
        form.fields["hold_s"].value = 0
        form.run.click()
        await until_done(form)
    report = json.loads((tmp_path / "report.json").read_text())

    assert "Nothing was run yet" in before
    assert "get-not-implemented-404" in verdict.text
    assert report["verdict"]["causes"][0] == "get-not-implemented-404"
    assert "✗ stream opens: 404" in book.status
    assert "Done at " in book.status


async def test_a_rehearsal_is_a_button_of_its_own() -> None:
    """Every line of it says what it is, whatever stands in the form."""
    book = runbook(ask=True, lab_fault="get-not-implemented-404")
    form = form_of(book)
    form.fields["url"].value = "http://127.0.0.1:9/mcp"
    form.rehearse.click()
    await until_done(form)
    verdict = await book.verdict()

    assert book.status.startswith("REHEARSAL · ")
    assert verdict.text.startswith("_REHEARSAL. Run of ")
    assert "> **Rehearsal.**" in verdict.text
    assert book.report is not None
    assert book.report.verdict.causes[0] == "get-not-implemented-404"


@pytest.mark.parametrize("given", [{}, {"error": PASTED}])
async def test_without_an_address_it_asks_which_server(given: dict[str, str]) -> None:
    """Nothing is probed, and no verdict of an earlier run is left standing."""
    book = runbook(ask=True, **given)
    form = form_of(book)
    verdict = await book.verdict()
    form.fields["error"].value = PASTED
    form.rehearse.click()
    await until_done(form)
    rehearsed = verdict.text
    form.run.click()

    assert "half-open-stream-409" in rehearsed
    assert book.status.startswith("Which server? ")
    assert book.report is None
    assert "half-open-stream-409" not in verdict.text
    assert "Which server?" in verdict.text


async def test_the_machines_servers_are_offered_where_none_is_named(
    tmp_path: Path,
) -> None:
    """A press on one of them fills it in, and runs."""
    entry = {"type": "http", "url": "http://127.0.0.1:9/mcp"}
    config = tmp_path / ".claude.json"
    config.write_text(json.dumps({"mcpServers": {"notes": entry}}))
    book = Runbook(
        Parameters.read({"ask": True, "error": PASTED, "hold_s": 0}),
        environ={"HOME": str(tmp_path), "PATH": ""},
    )
    form = form_of(book)
    shown = asyncio.Event()
    form.servers.question.observe(lambda _change: shown.set(), "children")
    if not form.servers.question.children:
        await asyncio.wait_for(shown.wait(), 30)
    (button,) = form.servers.question.children
    button.click()
    await until_done(form)

    assert button.description.startswith("notes · http://127.0.0.1:9/mcp · no log")
    assert form.servers.question.children == ()
    assert book.report is not None
    assert book.report.verdict.causes == ("tcp-refused-server-down",)


async def test_a_refused_input_takes_the_old_verdict_away() -> None:
    book = runbook(ask=True)
    form = form_of(book)
    details = await book.details()
    form.fields["url"].value = "http://127.0.0.1:9/mcp"
    form.fields["hold_s"].value = 0
    form.run.click()
    await until_done(form)
    before = details.text
    form.fields["url"].value = "127.0.0.1:9/mcp"
    form.run.click()

    assert "tcp-refused-server-down" in before
    assert "against `http://127.0.0.1:9/mcp`" in before
    assert "tcp-refused-server-down" not in details.text
    assert "must start with" in details.text
    assert book.report is None


async def test_the_same_cell_run_again_shows_the_same_runbook() -> None:
    """As after a reload: nothing is started anew while the parameters are the same."""
    book = begin(ask=True, error="", hold_s=7)
    again = begin(ask=True, hold_s=7)
    other = begin(ask=True, hold_s=8)

    assert again is book
    assert other is not book


async def test_a_fix_is_checked_by_what_proves_it(tmp_path: Path) -> None:
    """Still there while nothing is changed; mended once it is; and in the ledger."""
    book = runbook(ask=True, ledger_json=str(tmp_path / "ledger.json"))
    form = form_of(book)
    answer = book.shown
    with serve("get-not-implemented-404") as lab:
        port = urlsplit(lab.url).port or 0
        form.fields["url"].value = lab.url
        form.fields["hold_s"].value = 0
        form.run.click()
        await until_done(form)
        answer.check.click()
        await until_done(form)
        unchanged = answer.checked.value
    with serve("healthy", port):
        answer.check.click()
        await until_done(form)

    assert "✗ Still there: get-not-implemented-404" in unchanged
    assert "✓ Mended: get-not-implemented-404" in answer.checked.value
    assert "as advised" in (tmp_path / "ledger.json").read_text()


async def test_cancel_ends_the_watch_and_keeps_what_was_seen() -> None:
    book = runbook(ask=True)
    form = form_of(book)
    with serve("healthy") as lab:
        form.fields["url"].value = lab.url
        form.fields["hold_s"].value = 600
        form.run.click()
        async with asyncio.timeout(20):
            while book.report is None:  # noqa: ASYNC110 - a person looks so
                await asyncio.sleep(0.1)
        form.cancel.click()
        await until_done(form)

    assert book.report is not None
    assert book.report.interrupted
    assert {seen.probe for seen in book.report.evidence} >= {"reach", "open", "hold"}
    assert form.cancel.disabled


async def test_a_typed_secret_is_sent_and_shown_nowhere() -> None:
    """The box is emptied, and the next address does not get the secret."""
    book = runbook(ask=True)
    form = form_of(book)
    form.fields["secret"].value = CANARY
    form.fields["url"].value = "http://127.0.0.1:9/mcp"
    form.fields["hold_s"].value = 0
    form.run.click()
    sent = dict(form.secrets())
    await until_done(form)
    evidence = await book.details()
    form.fields["url"].value = "http://127.0.0.1:10/mcp"
    form.intake()

    assert CANARY in sent.values()
    assert form.fields["secret"].value == ""
    assert form.secrets() == {}
    assert book.report is not None
    assert CANARY not in book.report.model_dump_json() + evidence.text


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        pytest.param("url", "h.example/mcp", "must start with", id="no scheme"),
        pytest.param("auth_env", "NOT_SET", "NOT_SET", id="a variable not set"),
        pytest.param("ca_file", "no/such.pem", "does not exist", id="no CA file"),
        pytest.param("header_envs", "X-Key", "comma", id="half a pair"),
        pytest.param("second_auth_env", "NOT_SET", "first one", id="a second one"),
        pytest.param("proxy", "ftp://proxy", "proxy", id="no proxy's scheme"),
    ],
)
async def test_what_cannot_be_used_is_said_under_the_form(
    field: str, value: str, says: str
) -> None:
    book = runbook(ask=True)
    form = form_of(book)
    form.fields["url"].value = "http://127.0.0.1:9/mcp"
    form.fields[field].value = value
    form.run.click()

    assert says in book.status
    assert not form.run.disabled


async def test_what_is_typed_below_reaches_the_report() -> None:
    """The second credential, the proxy, the provider and the wait, by their boxes."""
    tokens = {"FIRST_TOKEN": f"{CANARY}-1", "SECOND_TOKEN": f"{CANARY}-2"}
    book = Runbook(Parameters.read({"ask": True}), environ={LOCAL: "no"} | tokens)
    form = form_of(book)
    typed = {
        "url": "http://127.0.0.1:9/mcp",
        "auth_env": "FIRST_TOKEN",
        "second_auth_env": "SECOND_TOKEN",
        "proxy": "http://127.0.0.1:9",
        "provider_url": "http://127.0.0.1:9/v1",
        "hold_s": 0.0,
        "idle_s": 0.5,
    }
    for name, value in typed.items():
        form.fields[name].value = value
    form.run.click()
    await until_done(form)

    assert book.report is not None, book.status
    assert {name: getattr(book.report.intake, name) for name in typed} == typed
    assert CANARY not in book.report.model_dump_json()


async def test_given_an_address_it_asks_nothing() -> None:
    """In a frontend too, the run starts by itself when the parameters name a server."""
    book = runbook(ask=True, url="http://127.0.0.1:9/mcp", hold_s=0)
    await until_done(form_of(book))

    assert book.report is not None
    assert book.report.verdict.causes == ("tcp-refused-server-down",)


async def test_headless_waits_in_the_cell_and_shows_a_table() -> None:
    book = runbook(ask=False, url="http://127.0.0.1:9/mcp", hold_s="0")
    entered = book.form()
    verdict = await book.verdict()

    assert not isinstance(entered, Form)
    assert "What was entered" in entered.text
    assert "tcp-refused-server-down" in verdict.text


async def test_an_unknown_fault_is_named_at_once() -> None:
    with pytest.raises(IntakeError, match="half-open-stream-409"):
        runbook(ask=False, lab_fault="no-such-fault")
