"""The form knows the servers of this machine before anybody types."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from streamtriage.apps.triage.form import Form
from streamtriage.apps.triage.machine_scan import LOCAL
from streamtriage.apps.triage.notebook import Runbook
from streamtriage.apps.triage.parameters import Parameters
from workstation.homes import LOGS, URL, Home, claude_log
from workstation.test_secrets import CANARY, secret_home

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.anyio

OTHER = "https://other.example.test/mcp"
FAIL = (
    "Connection error: Failed to reconnect SSE stream: Streamable HTTP error: "
    "Failed to open SSE stream: Conflict"
)


def home_with_failures(base: Path) -> Home:
    """Return a home with two servers, of which one has failed."""
    home = Home(base)
    headers = {"Authorization": "Bearer ${NOTES_TOKEN}", "X-Api-Key": "${NOTES_KEY}"}
    servers = {
        "notes": {"type": "http", "url": URL, "headers": headers},
        "other": {"type": "http", "url": OTHER},
    }
    home.write("{claude_json}", {"mcpServers": servers})
    agent = '{"headers":{"User-Agent":"claude-code/2.1.140 (cli)"}}'
    home.write(
        LOGS,
        claude_log(
            f"Initializing HTTP transport to {URL}",
            f"HTTP transport options: {agent}",
            "Successfully connected (transport: http) in 5ms",
            "Calling MCP tool: find_page",
            "HTTP connection dropped after 5s uptime",
            FAIL,
        ),
    )
    return home


def runbook(home: Home, **given: Any) -> Runbook:
    environ = {"HOME": str(home.home), **home.environ}
    return Runbook(Parameters.read({"ask": True} | given), environ=environ)


async def looked(book: Runbook) -> Form:
    form = book.form()
    assert isinstance(form, Form)
    async with asyncio.timeout(30):
        while "Looking for" in form.servers.note.value:  # noqa: ASYNC110 - as a person
            await asyncio.sleep(0.02)
    return form


def choose(form: Form, start: str) -> None:
    (line,) = [one for one in form.servers.list.options if one.startswith(start)]
    form.servers.list.value = line


async def test_choosing_a_server_fills_in_what_was_not_typed(tmp_path: Path) -> None:
    form = await looked(runbook(home_with_failures(tmp_path)))
    options = form.servers.list.options
    form.fields["action"].value = "typed by the person"
    choose(form, "notes")
    values = {name: field.value for name, field in form.fields.items()}

    assert options[1].startswith(f"notes · {URL} · 1 failure since 2026-11-22 · ")
    assert options[1].endswith("Claude Code 2.1.140")
    assert options[2].startswith(f"other · {OTHER} · no log found · Claude Code")
    assert values["url"] == URL
    assert (values["client"], values["client_version"]) == ("claude-code", "2.1.140")
    assert values["error"] == FAIL.removeprefix("Connection error: ")
    assert values["action"] == "typed by the person"
    assert values["auth_env"] == "NOTES_TOKEN"
    assert values["header_envs"] == "X-Api-Key=NOTES_KEY"


async def test_choosing_another_replaces_only_what_the_first_filled_in(
    tmp_path: Path,
) -> None:
    form = await looked(runbook(home_with_failures(tmp_path)))
    choose(form, "notes")
    form.fields["error"].value = "something else was printed"
    choose(form, "other")

    assert form.fields["url"].value == OTHER
    assert form.fields["error"].value == "something else was printed"
    assert form.fields["auth_env"].value == form.fields["header_envs"].value == ""


async def test_the_list_appears_when_the_look_has_ended(tmp_path: Path) -> None:
    """The form is there at once; no cell waits for the machine."""
    book = runbook(home_with_failures(tmp_path))
    form = book.form()
    assert isinstance(form, Form)
    before = form.servers.list.layout.display
    await looked(book)

    assert before == "none"
    assert form.servers.list.layout.display is None


async def test_the_table_of_what_was_entered_names_the_choice(tmp_path: Path) -> None:
    book = runbook(home_with_failures(tmp_path))
    form = await looked(book)
    choose(form, "notes")

    form.fields["url"].value = "http://127.0.0.1:9/mcp"
    form.fields["auth_env"].value = form.fields["header_envs"].value = ""
    form.run.click()
    verdict = await book.verdict()
    async with asyncio.timeout(30):
        while form.run.disabled:  # noqa: ASYNC110 - as a person looks
            await asyncio.sleep(0.02)

    assert "Chosen from this machine" in verdict.text
    assert "1 failure since 2026-11-22" in verdict.text


async def test_nothing_found_is_said_with_where_it_looked(tmp_path: Path) -> None:
    book = runbook(Home(tmp_path))
    form = await looked(book)
    machine = await book.machine()

    assert form.servers.list.layout.display == "none"
    assert "No client on this machine names a remote server" in form.servers.note.value
    assert "0 of " in form.servers.note.value
    assert "Where it looked" in machine.text
    assert "nothing there" in machine.text


@pytest.mark.parametrize("no", ["no", "0", "False"])
async def test_a_person_who_says_no_is_not_looked_at(tmp_path: Path, no: str) -> None:
    home = home_with_failures(tmp_path)
    home.environ = {LOCAL: no}
    book = runbook(home)
    form = book.form()
    assert isinstance(form, Form)
    machine = await book.machine()

    assert "not looked at" in form.servers.note.value
    assert "not looked at" in machine.text


async def test_the_pane_tells_clients_servers_failures_and_places(
    tmp_path: Path,
) -> None:
    book = runbook(home_with_failures(tmp_path))
    await looked(book)
    text = (await book.machine()).text

    for part in (
        "Claude Code",
        "2.1.140",
        "1 failure since 2026-11-22",
        "refused 1 by Conflict",
        "\\~/.claude.json, line 1",
        "Where it looked",
        "find_page",
    ):
        assert part.replace("_", "\\_") in text, part


async def test_a_run_with_a_url_looks_and_a_rehearsal_never_does(
    tmp_path: Path,
) -> None:
    home = home_with_failures(tmp_path)
    given = {"ask": False, "url": "http://127.0.0.1:9/mcp", "hold_s": 0}
    asked = runbook(home, **given)
    real = await asked.machine()
    rehearsing = runbook(home, ask=False, lab_fault="get-not-implemented-404")
    rehearsal = await rehearsing.machine()

    assert asked.report is not None
    assert asked.report.evidence[0].probe == "local"
    assert OTHER not in asked.report.model_dump_json()
    assert "Where it looked" in real.text
    assert rehearsing.report is not None
    assert "local" not in {seen.probe for seen in rehearsing.report.evidence}
    assert rehearsal.text.startswith("A rehearsal never looks at the machine")


async def test_no_secret_is_in_any_widget_or_pane(tmp_path: Path) -> None:
    """A home full of secrets: the list, what it fills in, the panes."""
    home = secret_home(tmp_path)
    book = runbook(home)
    form = await looked(book)
    seen = [(await book.machine()).text]
    for option in form.servers.list.options:
        form.servers.list.value = option
        widgets = (*form.fields.values(), form.servers.list, form.servers.note)
        seen += [json.dumps(each.get_state(), default=str) for each in widgets]
        seen.append(form.panes[0].text)

    assert len(form.servers.list.options) > 3
    leaked = {found for text in seen for found in CANARY.findall(text)}
    assert not leaked
