"""A person in a real JupyterLab: fills in the form, presses Run, reads the verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from notebook.served import CHROMIUM, FLAGS, jupyterlab
from streamtriage.lab import serve
from streamtriage.ticket import extract

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CANARY = "canary-4711-hunter2"
ERROR = "Streamable HTTP error: Failed to open SSE stream: Not Found"
PATIENCE_MS = 60_000

pytestmark = pytest.mark.skipif(
    CHROMIUM is None,
    reason="NO BROWSER: install Debian's chromium to test the form in JupyterLab",
)


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
    """Every field has a label, Run works from the keyboard, and panes fill in alone."""
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    with serve("get-not-implemented-404") as lab:
        page.get_by_label("Server URL").fill(lab.url)
        page.get_by_label("What was printed?").fill(ERROR)
        page.get_by_label("or the secret itself").fill(CANARY)
        page.get_by_label("Seconds to watch").fill("1")
        page.get_by_role("button", name="Run", exact=True).press("Enter")
        page.get_by_text("Done.").wait_for()
    assert page.get_by_label("or the secret itself").input_value() == ""
    verdict = page.get_by_role("heading", name="What is the verdict?")
    verdict.scroll_into_view_if_needed()
    page.get_by_text("Causes present").wait_for()
    row = page.get_by_role("row", name="Causes present")

    assert "get-not-implemented-404" in row.inner_text()
    expect(page.get_by_text("So far; the watch goes on")).to_have_count(
        0, timeout=PATIENCE_MS
    )
    page.keyboard.press("Control+s")
    page.wait_for_timeout(1500)
    written = (tmp_path / "runbooks" / "triage.ipynb").read_text(encoding="utf-8")
    assert "get-not-implemented-404" in written
    assert CANARY not in written
    # What JupyterLab saves carries the report, though it shows nothing of it.
    kept = extract(str(tmp_path / "runbooks" / "triage.ipynb")).report
    assert kept.verdict.causes[0] == "get-not-implemented-404"
    assert not kept.interrupted
    assert "schema_version" not in page.locator(".jp-Notebook").inner_text()
