"""The ticket of an executed runbook, whoever wrote the notebook."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output
from playwright.sync_api import sync_playwright

from notebook.served import CHROMIUM, FLAGS
from report.samples import CANARIES, leaking
from streamtriage.apps.triage.form import FROM_THE_BOX
from streamtriage.apps.triage.ticket_build import (
    HTML_LIMIT,
    Ticket,
    make_ticket,
    written,
)
from streamtriage.apps.triage.ticket_button import TicketButton, notebook_file
from streamtriage.model import Report
from streamtriage.notebook import export
from streamtriage.notebook.paths import runbook_paths
from streamtriage.notebook.untrusted_notebook import rebuilt
from streamtriage.ticket import MIMETYPE, NotATicketError, extract
from streamtriage.ticket.extraction import from_bytes
from ticket.executed import NAMES, executed, report, saved_in

if TYPE_CHECKING:
    from notebook.conftest import Rehearsal

pytestmark = pytest.mark.real(part="commands")

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N"
LOADS = (
    r"<(?:script|link|iframe|object|embed|video|audio|source|base|form)\b"
    r'|<img(?![^>]* src="data:)'
)
# The page's own, which its policy names by its sum; nothing else may run.
OURS = ["<script"]
DRAWING = '<img alt="A stream" src="data:image/svg+xml;base64,PHN2Zy8+">'


def ticket_of(folder: Path, notebook: dict[str, Any], **environ: str) -> Ticket:
    return make_ticket(saved_in(folder, notebook), environ)


def text_of(ticket: Ticket, ending: str) -> str:
    return ticket.files[f"ticket.{ending}"].decode()


def everything(ticket: Ticket) -> str:
    """Return the text of all files, those in the zip too."""
    packed = zipfile.ZipFile(io.BytesIO(ticket.files["ticket.zip"]))
    texts = [text_of(ticket, each) for each in ("html", "md", "ipynb")]
    return "\n".join(
        [*texts, *(packed.read(name).decode() for name in packed.namelist())]
    )


def test_a_rehearsals_ticket_gives_its_report_back(
    rehearsal: Rehearsal, tmp_path: Path
) -> None:
    """A real run: no place is hidden, and JSON, page, notebook and zip agree."""
    (source,) = rehearsal.folder.glob("triage-*.ipynb")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "streamtriage", "ticket", str(source)),
            *("--out", str(tmp_path)),
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    original = Report.model_validate_json(rehearsal.text("json"))
    paths = {path.suffix: path for path in tmp_path.iterdir()}

    assert done.returncode == 0, done.stderr
    assert set(paths) == {".html", ".md", ".ipynb", ".zip"}
    assert "A rehearsal on the built-in fault lab." in done.stderr
    page = paths[".html"].read_text("utf-8")
    assert page.count('<p class="note">') == 1
    assert "secret" not in done.stderr
    for ending in (".html", ".ipynb", ".zip"):
        assert extract(str(paths[ending])) == (original, ())
    assert paths[".html"].stat().st_size < HTML_LIMIT
    assert "half-open-stream-409" in paths[".md"].read_text("utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_the_page_stands_alone_and_is_small(name: str, tmp_path: Path) -> None:
    ticket = ticket_of(tmp_path, executed(report(name)))
    page = text_of(ticket, "html")

    assert len(page.encode()) < HTML_LIMIT
    assert re.findall(LOADS, page) == OURS
    assert not re.search(r"@import|url\(\s*['\"]?(?:https?:)?//| on[a-z]+=", page)
    assert "await runbook.verdict()" not in page
    assert ticket.hidden == 0
    assert from_bytes(page.encode()).report == report(name)


def test_the_zip_holds_the_report_and_its_schema(tmp_path: Path) -> None:
    ticket = ticket_of(tmp_path, executed())
    packed = zipfile.ZipFile(io.BytesIO(ticket.files["ticket.zip"]))
    kept = json.loads(packed.read("report.json"))
    jsonschema.validate(kept, json.loads(packed.read("report.schema.json")))

    assert packed.namelist() == [
        *("report.json", "report.schema.json"),
        *("ticket.html", "ticket.ipynb", "ticket.md"),
    ]
    assert Report.model_validate(kept) == report()
    assert packed.read("ticket.md").decode() == text_of(ticket, "md")


def test_equal_notebooks_give_equal_bytes(tmp_path: Path) -> None:
    one, other = (ticket_of(tmp_path, executed()) for _ in range(2))

    assert one.files == other.files


def test_no_canary_is_in_any_file(tmp_path: Path) -> None:
    """A report and outputs full of secrets: hidden, counted, and nothing is left."""
    told = [
        new_output("stream", name="stdout", text=leaking().findings[0].because),
        new_output("stream", name="stderr", text=leaking().intake.error),
        new_output(
            "display_data",
            data={"text/markdown": f"token: {JWT}\n\nghp\\_{'a1B2' * 6}"},
        ),
    ]
    cell = new_code_cell(f"error = '{JWT}'", id="leak", outputs=told)
    notebook = executed(leaking(), cell)
    variable = leaking().intake.auth_env
    ticket = ticket_of(tmp_path, notebook, **{variable: CANARIES["env"]})
    text = everything(ticket)

    assert ticket.hidden >= 3
    assert JWT not in text
    assert "a1B2a1B2" not in text
    assert [name for name, canary in CANARIES.items() if canary in text] == []


def test_numbers_of_issues_are_no_secrets_and_hide_none(tmp_path: Path) -> None:
    """Signs that keep a code host from linking, and that nobody sees."""
    told = f"claude-code&#35;&#8203;38631 and {JWT[:30]}&#8203;{JWT[30:]}"
    numbers = new_output("display_data", data={"text/markdown": "#&#8203;38631 here"})
    both = new_output("display_data", data={"text/markdown": told})
    clean = new_code_cell("await runbook.others()", id="clean", outputs=[numbers])
    leak = new_code_cell("await runbook.others()", id="leak", outputs=[both])

    assert ticket_of(tmp_path, executed(None, clean)).hidden == 0
    assert JWT[30:] not in text_of(ticket_of(tmp_path, executed(None, leak)), "html")


def test_a_strangers_scripts_and_widgets_are_left_behind(tmp_path: Path) -> None:
    drawn = new_output("display_data", data={"text/html": DRAWING, "text/plain": "A"})
    data = {
        "text/html": f"{DRAWING}<script>alert(1)</script>",
        "application/javascript": "alert(2)",
        "application/vnd.jupyter.widget-view+json": {"model_id": "x"},
        "text/markdown": "<img src=x onerror=alert(3)> [a](javascript:alert(4)) kept",
        "image/png": "not base64 <script>",
    }
    odd = new_output("display_data", data=data)
    cell = new_code_cell("await runbook.others()", id="odd", outputs=[odd, drawn])
    notebook = executed(None, cell)
    notebook["metadata"]["widgets"] = {"state": "CANARY"}
    notebook["cells"].append(
        {"cell_type": "raw", "source": "<script>alert(5)</script>"}
    )
    ticket = ticket_of(tmp_path, notebook)
    kept = nbformat.reads(text_of(ticket, "ipynb"), as_version=4)

    assert set(kept.cells[-1].outputs[0].data) == {"text/markdown"}
    assert kept.cells[-1].outputs[1].data["text/html"] == DRAWING
    assert "CANARY" not in everything(ticket)
    assert "alert(2)" not in everything(ticket)
    assert "alert(" not in text_of(ticket, "html")
    assert re.findall(LOADS, text_of(ticket, "html")) == OURS
    nbformat.validate(kept)


@pytest.mark.parametrize(
    "source",
    [
        "!env",
        "import os\nos.environ",
        "print(open('/etc/hostname').read())",
        "from streamtriage.apps.triage import begin\nexec('1')",
        "[print(n) for n in range(3)]",
        "%pip install something",
        "(lambda: runbook)().verdict()",
        "__import__('os').system('env')",
    ],
)
def test_foreign_code_and_what_it_printed_are_left_behind(
    source: str, tmp_path: Path
) -> None:
    printed = [
        new_output("stream", name="stdout", text="FOREIGN=1"),
        new_output("display_data", data={"text/markdown": "FOREIGN"}),
        new_output("display_data", data={"image/png": "Rk9SRUlHTg=="}),
    ]
    cell = new_code_cell(source, id="mine", execution_count=9, outputs=printed)
    ticket = ticket_of(tmp_path, executed(None, cell))
    kept = nbformat.reads(text_of(ticket, "ipynb"), as_version=4)

    assert "FOREIGN" not in everything(ticket)
    assert "Rk9SRUlHTg" not in everything(ticket)
    assert source not in text_of(ticket, "ipynb")
    assert kept.cells[-1].cell_type == "markdown"
    assert "no part of the runbook" in kept.cells[-1].source
    assert from_bytes(ticket.files["ticket.ipynb"]).report == report()


@pytest.mark.parametrize("path", runbook_paths(), ids=lambda p: p.stem)
def test_every_cell_of_a_runbook_is_known_as_one(path: Path) -> None:
    for cell in export.read(path).cells:
        if cell.cell_type == "code":
            content = {"cells": [dict(cell)]}
            kept = rebuilt(content, "{}", lambda text: text).cells

            assert kept[0].cell_type == "code"
            assert kept[0].source == cell.source


def test_notes_keep_their_words_and_lose_what_runs(tmp_path: Path) -> None:
    notes = (
        "Asked **ops**; 3 < 4.\n<details><summary>more</summary>kept</details>\n"
        "<script>gone()</script><iframe src='https://x.test'></iframe>"
        "<img src=x onerror='gone()'><b onclick=gone()>bold</b> end"
    )
    ticket = ticket_of(tmp_path, executed(None, new_markdown_cell(notes, id="notes")))
    kept = nbformat.reads(text_of(ticket, "ipynb"), as_version=4).cells[-1].source

    assert kept == (
        "Asked **ops**; 3 < 4.\n<details><summary>more</summary>kept</details>\n"
        "bold</b> end"
    )


def test_a_huge_output_leaves_the_page_small(tmp_path: Path) -> None:
    """What does not fit is named; the verdict and the report stay."""
    texts = ("word " * 300_000, "x" * 150_000, "y" * 150_000)
    cells = [
        new_code_cell(
            "await runbook.others()",
            id=f"big-{n}",
            outputs=[new_output("display_data", data={"text/markdown": t})],
        )
        for n, t in enumerate(texts)
    ]
    ticket = ticket_of(tmp_path, executed(None, *cells))
    page = text_of(ticket, "html")

    assert len(page.encode()) < HTML_LIMIT
    assert "word word" not in page
    assert from_bytes(page.encode()).report == report()


def test_a_report_that_is_too_long_for_a_page_is_in_the_zip(tmp_path: Path) -> None:
    kept = report()
    long = kept.model_copy(update={"evidence": kept.evidence * 7})
    ticket = ticket_of(tmp_path, executed(long))
    page = text_of(ticket, "html")

    assert len(page.encode()) < HTML_LIMIT
    assert "The report is too long for this page; it is in the zip." in page
    assert from_bytes(ticket.files["ticket.zip"]).report == long


def test_half_executed_notebooks_say_so(tmp_path: Path) -> None:
    later = new_code_cell("await runbook.fixes()", id="fixes")
    stopped = new_code_cell(
        "1 / 0",
        id="stopped",
        execution_count=3,
        outputs=[
            new_output("error", ename="ZeroDivisionError", evalue="x", traceback=["t"])
        ],
    )
    ticket = ticket_of(tmp_path, executed(None, stopped, later))

    assert ticket.remarks == (
        "1 of 4 cells had not been executed.",
        "A cell stopped with an exception: ZeroDivisionError.",
    )
    assert ticket.remarks[0] in text_of(ticket, "md")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        pytest.param(b"", "empty", id="empty"),
        pytest.param(b"PK\x03\x04", "give the notebook in it", id="a zip"),
        pytest.param(b"<html></html>", "cannot be read", id="a page"),
        pytest.param(b'{"worksheets": []}', "version 3", id="an old notebook"),
        pytest.param(b'{"cells": []}', "none of this tool's", id="no cells"),
        pytest.param(
            b'{"cells": [{"source": "streamtriage"}]}', "Run it", id="not run"
        ),
    ],
)
def test_what_makes_no_ticket_is_refused_in_words(
    tmp_path: Path, content: bytes, says: str
) -> None:
    path = tmp_path / "x.ipynb"
    path.write_bytes(content)

    with pytest.raises(NotATicketError, match=says):
        make_ticket(path)


@pytest.mark.skipif(CHROMIUM is None, reason="NO BROWSER: install Debian's chromium")
def test_without_javascript_everything_is_there(tmp_path: Path) -> None:
    """A browser shows the verdict, the change and the commands, and loads nothing."""
    ticket = ticket_of(tmp_path, executed())
    paths = written(ticket, tmp_path / "out", "triage")
    asked: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = browser.new_context(java_script_enabled=False)
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.goto(paths[0].as_uri())
        text = page.locator("body").inner_text()
        page.get_by_text("The report for machines").click()
        block = page.locator("pre", has_text="BEGIN STREAMTRIAGE").inner_text()
        browser.close()
    order = [
        text.index(part)
        for part in (
            *("Stream triage", "Cause found"),
            *("What cut the stream", "What refused the reopening", "409 Conflict"),
            *("The cause", "Owner", "What to change first"),
            *("proxy_ignore_client_abort off;", "How to check it"),
            *("streamtriage triage", "What is not known"),
            *("The request that decides", "What a client logs for this"),
            "The report for machines",
        )
    ]

    assert order == sorted(order)
    assert asked == [paths[0].as_uri()]
    assert from_bytes(block.encode()).report == report()


def test_the_button_asks_for_the_notebook_to_be_saved(tmp_path: Path) -> None:
    """Only a file that holds the report that is shown becomes a ticket."""
    path = saved_in(tmp_path, executed(report("nginx-buffering")))
    button = TicketButton(report, path)
    button.button.click()
    before = button.pane.text
    saved_in(tmp_path, executed())
    button.button.click()

    assert "Save it (Ctrl+S)" in before
    assert "`triage-ticket.zip`" in button.pane.text
    assert (tmp_path / "triage-ticket.html").is_file()
    assert TicketButton(lambda: None, path).pane.text.startswith("Save the notebook")


def test_the_button_hides_a_secret_that_was_typed_into_the_form(tmp_path: Path) -> None:
    """A secret without a shape, which is in no environment and only the form knows."""
    told = new_output("stream", name="stdout", text="it was plainbutsecret, I think")
    cell = new_code_cell("await runbook.others()", id="leak", outputs=[told])
    intake = report().intake.model_copy(update={"auth_env": FROM_THE_BOX})
    shown = report().model_copy(update={"intake": intake})
    path = saved_in(tmp_path, executed(shown, cell))
    typed = {FROM_THE_BOX: "plainbutsecret"}
    TicketButton(lambda: shown, path, environ=lambda: typed).button.click()
    page = (tmp_path / "triage-ticket.html").read_text()

    notebook = (tmp_path / "triage-ticket.ipynb").read_text()
    assert "I think" in notebook
    assert "plainbutsecret" not in page + notebook


def test_the_frontend_says_where_the_notebook_lies(tmp_path: Path) -> None:
    path = saved_in(tmp_path, executed())

    assert notebook_file({"JPY_SESSION_NAME": str(path)}) == path
    assert notebook_file({"JPY_SESSION_NAME": str(tmp_path / "other.ipynb")}) is None
    assert notebook_file({}) is None


def test_the_attached_report_is_a_string_for_nbval() -> None:
    """Its rules reach strings only; and the committed rule takes the whole of it."""
    rules = (Path(__file__).parents[2] / "examples" / "nbval-sanitize.cfg").read_text()
    kept = executed()["cells"][2]["outputs"][0]["data"][MIMETYPE]
    text = kept if isinstance(kept, str) else "".join(kept)
    (rule,) = re.findall(r"^regex: (.*schema_version.*)$", rules, re.MULTILINE)

    assert re.sub(rule, "REPORT", text) == "REPORT"
    assert "\n" not in text
