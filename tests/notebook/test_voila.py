"""In Voilà, where there is no code: the form, the answer, and nothing of an old run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, Route, expect, sync_playwright

from notebook.served import CHROMIUM, FLAGS, voila
from streamtriage.lab import serve

if TYPE_CHECKING:
    from pathlib import Path

PASTED = (
    "Failed to reconnect SSE stream: Streamable HTTP error: "
    "Failed to open SSE stream: Conflict"
)
PATIENCE_MS = 60_000
# Voilà's own page asks for its icons there, with this tool or without.
ITS_OWN = "https://cdn.jsdelivr.net/npm/@fortawesome/"

pytestmark = [
    pytest.mark.real(part="browser"),
    pytest.mark.timeout(240),
    pytest.mark.skipif(
        CHROMIUM is None,
        reason="NO BROWSER: install Debian's chromium to test the form in Voilà",
    ),
]


def below_the_edge(page: Page) -> list[str]:
    """Return what of the answer is not within a screen of 1280 by 720."""
    parts = {
        "steps": page.locator(".steps"),
        "sentence": page.get_by_role(
            "heading", name="The server still counts the old stream"
        ),
        "way": page.get_by_role("img", name="The way to the server"),
        "owner": page.get_by_text("the proxy (deployment configuration)"),
        "fix": page.get_by_role("button", name="Copy the change"),
    }
    boxes = {name: part.first.bounding_box() for name, part in parts.items()}
    return [
        name
        for name, box in boxes.items()
        if box is None or box["y"] < 0 or box["y"] + box["height"] > 720
    ]


def test_the_form_leads_to_the_answer(tmp_path: Path) -> None:
    """Run, the card on the same screen, the check of the fix; a reload begins anew."""
    elsewhere: list[str] = []

    def kept_in(route: Route) -> None:
        if route.request.url.startswith("http://127.0.0.1:"):
            route.continue_()
        else:
            elsewhere.append(route.request.url)
            route.abort()

    with (
        voila(tmp_path) as url,
        serve("half-open-stream-409") as lab,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        page.set_default_timeout(PATIENCE_MS)
        page.route("**/*", kept_in)
        page.goto(url)
        page.get_by_label("Which server?").wait_for()
        assert page.get_by_text("import begin").count() == 0
        expect(page.get_by_text("Paste what was printed")).to_be_visible()

        page.get_by_label("What was printed?").fill(PASTED)
        page.get_by_label("Which server?").fill(lab.url)
        page.get_by_role("button", name="Run", exact=True).press("Enter")
        page.locator(".card.cause-present").wait_for()
        page.screenshot(path=tmp_path / "so-far.png")
        assert below_the_edge(page) == []
        expect(page.get_by_text("opens again: 409")).to_be_visible()

        page.get_by_role("button", name="Cancel the watch").press("Enter")
        page.get_by_text("Done at").first.wait_for()
        page.screenshot(path=tmp_path / "done.png")
        expect(
            page.get_by_role("button", name="I applied this: check it")
        ).to_be_visible()
        assert below_the_edge(page) == []

        # A page of Voilà's that is loaded again has another kernel, which ran nothing.
        page.reload()
        page.get_by_label("Which server?").wait_for()
        expect(page.get_by_text("Paste what was printed")).to_be_visible()
        expect(page.locator(".card.cause-present")).to_have_count(0)
        page.screenshot(path=tmp_path / "again.png")
        browser.close()

    assert [each for each in elsewhere if not each.startswith(ITS_OWN)] == []
