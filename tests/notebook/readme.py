"""Puts the real verdict and a real picture into README.md: `make readme`."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, ViewportSize, sync_playwright

from notebook.served import CHROMIUM, FLAGS, jupyterlab
from notebook.walking import run_all

ROOT = Path(__file__).parents[2]
README, PICTURE = ROOT / "README.md", ROOT / "docs" / "runbook.png"
COMMAND = "$ make triage\n"
SIZE: ViewportSize = {"width": 1280, "height": 720}


def rehearse(page: Page) -> None:
    """Run all cells, rehearse, and wait for the answer, which is on the screen then."""
    run_all(page)
    page.get_by_role("button", name="Rehearse").press("Enter")
    page.get_by_text("Done at").first.wait_for()
    page.get_by_role("button", name="I applied this: check it").wait_for()
    # Off the fields, so that no caret blinks in the picture.
    page.mouse.move(0, 0)


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
