"""Puts the real verdict and a real picture into README.md: `make readme`."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, ViewportSize, sync_playwright

from notebook.served import CHROMIUM, FLAGS, jupyterlab

ROOT = Path(__file__).parents[2]
README, PICTURE = ROOT / "README.md", ROOT / "docs" / "runbook.png"
COMMAND = "$ make triage\n"
SIZE: ViewportSize = {"width": 1100, "height": 900}


def rehearse(page: Page) -> None:
    """Run all cells, press Run without an address, and show the verdict."""
    page.get_by_role("heading", name="Failed to reconnect SSE stream").wait_for()
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()
    page.keyboard.press("Control+b")
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    page.get_by_role("button", name="Run", exact=True).click()
    page.get_by_text("Done.").wait_for()
    page.wait_for_timeout(1500)
    heading = page.get_by_role(
        "heading", name="Which scope failed, and does it matter?"
    )
    heading.evaluate("element => element.scrollIntoView({block: 'start'})")
    page.wait_for_timeout(1500)
    heading.evaluate("element => element.scrollIntoView({block: 'start'})")
    page.wait_for_timeout(500)


def take_picture() -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        jupyterlab(Path(folder)) as url,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport=SIZE)
        page.goto(url)
        rehearse(page)
        PICTURE.parent.mkdir(exist_ok=True)
        page.screenshot(path=PICTURE)
        browser.close()


def show_verdict() -> None:
    """Replace what README.md shows under the command by what it prints now."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [
                *(sys.executable, "-m", "streamtriage", "runbook"),
                *("--lab", "half-open-stream-409", "--out", "out"),
            ],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            cwd=folder,
        )
    text = README.read_text(encoding="utf-8")
    before, command, rest = text.partition(COMMAND)
    _, fence, after = rest.partition("```")
    README.write_text(before + command + done.stdout + fence + after, encoding="utf-8")


if __name__ == "__main__":
    show_verdict()
    take_picture()
