"""A person in a real JupyterLab: fills in the form, presses Run, reads the verdict."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from notebook.served import CHROMIUM, FLAGS, jupyterlab
from notebook.walking import behind, run_all
from streamtriage.lab import serve
from streamtriage.ticket import extract

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CANARY = "canary-4711-hunter2"
ERROR = "Streamable HTTP error: Failed to open SSE stream: Not Found"
CONFLICT = (
    "Failed to reconnect SSE stream: Streamable HTTP error: "
    "Failed to open SSE stream: Conflict"
)
# What is typed into the form of the change, by the labels of its fields.
CHANGE = {
    "What did you change?": "proxy_ignore_client_abort",
    "Where is it?": "nginx.conf",
    "From": "on",
    "To": "off",
}
PATIENCE_MS = 60_000

pytestmark = [
    pytest.mark.real(part="browser"),
    pytest.mark.skipif(
        CHROMIUM is None,
        reason="NO BROWSER: install Debian's chromium to test the form in JupyterLab",
    ),
]


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    with jupyterlab(tmp_path) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 1000})
        page.set_default_timeout(PATIENCE_MS)
        page.goto(url)
        page.get_by_role("heading", name="Failed to reconnect SSE stream").wait_for()
        page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()
        yield page
        page.screenshot(path=tmp_path / "last.png")
        browser.close()


@pytest.mark.timeout(240)
def test_the_form_leads_to_the_verdict(page: Page, tmp_path: Path) -> None:
    """Every field has a label, Run works from the keyboard, and panes fill in alone.

    The server is chosen from those that this machine's clients know, by keyboard too.
    """
    entry = {"type": "http", "url": "https://mcp.example.test/mcp"}
    config = tmp_path / "home" / ".claude.json"
    config.write_text(json.dumps({"mcpServers": {"notes": entry}}))
    run_all(page)
    with serve("get-not-implemented-404") as lab:
        servers = page.get_by_label("or one of these", exact=True)
        # It is hidden until this machine's clients were looked at.
        expect(servers).to_be_visible(timeout=PATIENCE_MS)
        servers.focus()
        servers.press("n")
        url = page.get_by_label("Which server?")
        expect(url).to_have_value(entry["url"])
        page.get_by_role("button", name="More …").press("Enter")
        assert page.get_by_label("Client", exact=True).input_value() == "claude-code"
        url.fill(lab.url)
        page.get_by_label("What was printed?").fill(ERROR)
        page.get_by_label("or the token itself").fill(CANARY)
        page.get_by_label("Seconds to watch").fill("1")
        page.get_by_role("button", name="Run", exact=True).press("Enter")
        page.get_by_text("Done at").first.wait_for()
    assert page.get_by_label("or the token itself").input_value() == ""
    expect(page.locator(".steps")).to_contain_text("✗ stream opens: 404")
    expect(page.locator(".card.cause-present")).to_be_visible()
    expect(page.get_by_text("So far; the watch goes on")).to_have_count(
        0, timeout=PATIENCE_MS
    )
    written = saved(page, tmp_path)
    assert "get-not-implemented-404" in written
    assert CANARY not in written
    # What JupyterLab saves carries the report, though it shows nothing of it.
    kept = extract(str(tmp_path / "runbooks" / "triage.ipynb")).report
    assert kept.verdict.causes[0] == "get-not-implemented-404"
    assert not kept.interrupted
    assert "schema_version" not in page.locator(".jp-Notebook").inner_text()


def saved(page: Page, tmp_path: Path) -> str:
    """Save from the keyboard and return the file once it holds this walk's end."""
    page.keyboard.press("Control+s")
    page.get_by_text("Saving completed").first.wait_for()
    return (tmp_path / "runbooks" / "triage.ipynb").read_text(encoding="utf-8")


@pytest.mark.timeout(400)
def test_a_button_leads_to_the_notebook_in_chinese(page: Page) -> None:
    """The form is in Chinese at once, its link opens a copy whose prose is as well."""
    run_all(page)
    page.get_by_role("button", name="中文", exact=True).click()
    expect(page.get_by_label("哪个服务器")).to_be_visible()
    expect(page.get_by_role("button", name="Run", exact=True)).to_have_count(0)
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="zh-CN/triage.ipynb").click()
    chinese = opened.value
    chinese.set_default_timeout(PATIENCE_MS)
    chinese.get_by_role("heading", name="事件流断开后无法重连").wait_for()
    run_all(chinese, form="哪个服务器")
    chinese.get_by_role("button", name="演练", exact=True).click()
    expect(chinese.locator(".card.cause-present")).to_contain_text(
        "服务器仍把旧的流计算在内", timeout=PATIENCE_MS
    )
    chinese.get_by_role("button", name="English", exact=True).click()
    expect(chinese.get_by_label("Which server?")).to_be_visible()


@pytest.mark.timeout(400)
def test_one_change_is_walked_to_its_record(page: Page, tmp_path: Path) -> None:
    """Error in, verdict, a watch cancelled, one change, the ledger flips, the record.

    From the keyboard wherever a person can: fields are filled and buttons pressed by
    their labels, and nothing in the saved notebook is blank.
    """
    run_all(page)
    with serve("half-open-stream-409") as lab:
        port = urlsplit(lab.url).port or 0
        page.get_by_label("What was printed?").fill(CONFLICT)
        page.get_by_label("Which server?").fill(lab.url)
        page.get_by_role("button", name="More …").press("Enter")
        page.get_by_label("Seconds to watch").fill("600")
        page.get_by_role("button", name="Run", exact=True).press("Enter")
        page.locator(".card.cause-present").wait_for()
        # The whole round of probes, so that there is something to run again.
        page.get_by_text("watching a silent stream").first.wait_for()
        page.get_by_text("✗ opens again: 409").first.wait_for()
        page.get_by_role("button", name="Cancel the watch").press("Enter")
        page.get_by_text("Done at").first.wait_for()
    behind(page)
    page.get_by_text("half-open-stream-409").filter(visible=True).first.wait_for()

    with serve("healthy", port):
        for label, text in CHANGE.items():
            page.get_by_role("textbox", name=label, exact=True).fill(text)
        page.get_by_role("textbox", name="To", exact=True).press("Tab")
        page.get_by_role("button", name="smallest failing action").press("Enter")
        page.get_by_text("✓ credited").first.wait_for()
        page.get_by_role("button", name="Run everything again").press("Enter")
        page.get_by_text("Running again:").first.wait_for()
        page.get_by_role("button", name="Cancel this run").press("Enter")
        page.get_by_role("row", name="How to undo it").first.wait_for()
        one = page.get_by_role("button", name="Run this probe again")
        expect(one).to_be_enabled(timeout=PATIENCE_MS)
    page.get_by_label("One probe").select_option("reach")
    one.press("Enter")
    page.get_by_text("asked again by").first.wait_for()

    written = json.loads(saved(page, tmp_path))
    for cell in written["cells"]:
        if cell["cell_type"] == "code" and cell["id"] not in ("imports", "parameters"):
            said = "".join(
                "".join(output.get("data", {}).get("text/markdown", ""))
                for output in cell["outputs"]
            )
            assert len(said) > 20, cell["id"]
    assert "credited" in json.dumps(written, ensure_ascii=False)
