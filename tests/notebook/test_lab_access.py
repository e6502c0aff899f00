"""The form and the panes in a real JupyterLab, by the rules of accessibility."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, sync_playwright

from notebook.served import CHROMIUM, FLAGS, jupyterlab
from notebook.walking import behind, run_all
from streamtriage.lab import serve

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [
    pytest.mark.real(part="browser"),
    pytest.mark.skipif(
        CHROMIUM is None,
        reason="NO BROWSER: install Debian's chromium to test the form in JupyterLab",
    ),
]
# JupyterLab's own frame is not ours to mend.
OURS = {"include": [[".jp-OutputArea-output"]]}


def triaged(page: Page) -> None:
    """Run all cells, probe a server of the lab, and wait for the verdict."""
    run_all(page)
    with serve("get-not-implemented-404") as lab:
        page.get_by_label("Which server?").fill(lab.url)
        page.get_by_role("button", name="More …").press("Enter")
        page.get_by_label("Seconds to watch").fill("1")
        page.get_by_role("button", name="Run", exact=True).press("Enter")
        page.get_by_text("Done at").first.wait_for()
    behind(page)


@pytest.mark.timeout(240)
@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_form_and_panes_can_be_used_by_all(tmp_path: Path, theme: str) -> None:
    """Pictures that arrive while somebody looks on have words, and axe is content."""
    with jupyterlab(tmp_path, theme) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 1000})
        page.set_default_timeout(60_000)
        page.goto(url)
        triaged(page)
        page.get_by_role("img", name="The way to the server").first.wait_for()
        page.locator(".streamtriage details").first.wait_for()
        page.evaluate(
            "document.querySelectorAll('details').forEach(d => { d.open = true; })"
        )
        page.get_by_role("img", name="One session asked for").first.wait_for()
        dark = page.evaluate("document.body.dataset.jpThemeLight") == "false"
        found = Axe().run(page, context=OURS).response["violations"]
        browser.close()

    assert dark == (theme == "JupyterLab Dark")
    assert [
        f"{each['id']}: {node['html'][:120]}"
        for each in found
        if each["impact"] in ("serious", "critical")
        for node in each["nodes"]
    ] == []
