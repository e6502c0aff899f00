"""The answer on one screen of a real JupyterLab, and the truth after whatever happens.

At 1280 by 720, with JupyterLab's own side bar open, as it starts.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Locator, Page, expect, sync_playwright

from notebook.served import CHROMIUM, FLAGS, jupyterlab
from notebook.walking import behind, run_all
from streamtriage.lab import serve

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PASTED = (
    "Failed to reconnect SSE stream: Streamable HTTP error: "
    "Failed to open SSE stream: Conflict"
)
PATIENCE_MS = 40_000

pytestmark = [
    pytest.mark.real(part="browser"),
    pytest.mark.timeout(240),
    pytest.mark.skipif(
        CHROMIUM is None,
        reason="NO BROWSER: install Debian's chromium to test the form in JupyterLab",
    ),
]


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    with jupyterlab(tmp_path) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = browser.new_context(viewport={"width": 1280, "height": 720})
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.goto(url)
        yield page
        page.screenshot(path=tmp_path / "last.png")
        browser.close()


def start(page: Page, url: str, pasted: str = PASTED) -> None:
    """Fill the two inputs in, and press Run."""
    page.get_by_label("What was printed?").fill(pasted)
    page.get_by_label("Which server?").fill(url)
    page.get_by_role("button", name="Run", exact=True).press("Enter")


def cancel(page: Page) -> None:
    page.get_by_role("button", name="Cancel the watch").press("Enter")
    page.get_by_text("Done at").first.wait_for()


def on_screen(page: Page, *parts: Locator) -> list[str]:
    """Return what is not wholly within the part of the screen that shows the notebook.

    JupyterLab's tool bar lies above it, the status bar below.
    """
    room = page.locator(".jp-WindowedPanel-outer").first.bounding_box()
    assert room is not None
    outside = []
    for part in parts:
        box = part.first.bounding_box()
        inside = box is not None and (
            room["y"] <= box["y"]
            and box["y"] + box["height"] <= room["y"] + room["height"]
        )
        if not inside:
            outside.append(f"{part}: {box} in {room}")
    return outside


def card(page: Page) -> tuple[Locator, ...]:
    return (
        page.locator(".steps"),
        page.get_by_role("heading", name="The server still counts the old stream"),
        page.get_by_role("img", name="The way to the server"),
        page.get_by_text("the proxy (deployment configuration)"),
        page.get_by_role("button", name="Copy the change"),
    )


def test_run_puts_the_steps_and_the_card_on_the_screen(
    page: Page, tmp_path: Path
) -> None:
    """Nobody scrolls: neither to the form, nor to the answer, nor to its button."""
    run_all(page)
    fields = (
        page.get_by_label("What was printed?"),
        page.get_by_label("Which server?"),
    )
    run = page.get_by_role("button", name="Run", exact=True)
    assert on_screen(page, *fields, run) == []
    page.screenshot(path=tmp_path / "form.png")
    with serve("half-open-stream-409") as lab:
        start(page, lab.url)
        page.locator(".card.cause-present").wait_for()
        page.screenshot(path=tmp_path / "so-far.png")

        assert on_screen(page, *card(page)) == []
        steps = page.locator(".steps").first
        expect(steps.get_by_text("opens again: 409")).to_be_visible()
        expect(page.get_by_text("watching a silent stream")).to_be_visible()
        cancel(page)
    check = page.get_by_role("button", name="I applied this: check it")
    expect(check).to_be_visible()
    page.screenshot(path=tmp_path / "done.png")

    assert on_screen(page, *card(page), check) == []
    expect(page.get_by_role("heading", name="What does the verdict")).to_be_hidden()
    behind(page)
    seen = page.locator("summary", has_text="Can the stream be opened again?").first
    assert seen.inner_text().startswith("✗ ")


def test_a_reload_in_mid_watch_tells_the_truth(page: Page, tmp_path: Path) -> None:
    """So does a second tab: what is shown is in the kernel, not in the page."""
    run_all(page)
    behind(page)
    with serve("half-open-stream-409") as lab:
        start(page, lab.url)
        page.locator(".card.cause-present").wait_for()
        page.keyboard.press("Control+s")
        page.get_by_text("Saving completed").first.wait_for()
        page.reload()
        clock = page.locator(".streamtriage-answer .run")
        clock.wait_for()
        first = clock.inner_text()
        assert "as of" in first
        expect(clock).not_to_have_text(first)
        page.screenshot(path=tmp_path / "reloaded.png")
        other = page.context.new_page()
        other.goto(page.url)
        there = other.locator(".streamtriage-answer .run")
        there.wait_for(timeout=PATIENCE_MS)
        expect(there).not_to_have_text(there.inner_text(), timeout=PATIENCE_MS)
        other.get_by_text("opens again: 409").first.wait_for(timeout=PATIENCE_MS)
        # A page behind another one is drawn when the browser likes.
        page.bring_to_front()
        cancel(page)
        other.bring_to_front()
        other.get_by_text("Done at").first.wait_for(timeout=PATIENCE_MS)
        other.close()
        page.bring_to_front()

    assert page.get_by_label("Which server?").input_value() == lab.url
    assert page.locator(".card.cause-present").is_visible()
    running = page.get_by_text("The probes are running").filter(visible=True)
    expect(running).to_have_count(0)
    behind(page)
    page.locator("summary", has_text="Can the stream be opened again?").first.wait_for()


def test_a_restarted_kernel_is_said_in_plain_words(page: Page, tmp_path: Path) -> None:
    run_all(page)
    said = page.get_by_text("nothing here is alive").first
    expect(said).to_be_hidden()
    with serve("get-not-implemented-404") as lab:
        start(page, lab.url, "")
        page.locator(".card.cause-present").wait_for()
        cancel(page)
    page.get_by_role("menuitem", name="Kernel", exact=True).click()
    page.locator(".lm-Menu-item", has_text=re.compile("^Restart Kernel…")).click()
    page.locator(".jp-Dialog .jp-mod-accept").click()

    expect(said).to_be_visible(timeout=PATIENCE_MS)
    said.scroll_into_view_if_needed()
    page.screenshot(path=tmp_path / "restarted.png")
    kept = page.get_by_role("row", name="The cause").first
    assert "get-not-implemented-404" in kept.inner_text()


def test_a_kernel_that_was_shut_down_is_said_too(page: Page) -> None:
    """As a server shuts idle kernels down; Jupyter marks no widget then."""
    run_all(page)
    said = page.get_by_text("nothing here is alive").first
    expect(said).to_be_hidden()
    page.get_by_role("menuitem", name="Kernel", exact=True).click()
    page.locator(".lm-Menu-item", has_text=re.compile("^Shut Down Kernel$")).click()

    expect(said).to_be_visible(timeout=PATIENCE_MS)


def test_the_keyboard_alone_leads_to_the_fix(page: Page) -> None:
    """From the first field on only Tab and Enter, to the check of the fix."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    run_all(page)

    def tab_to(name: str, key: str = "Tab") -> None:
        """Press Tab until the focus is on something of this name."""
        named = "document.activeElement.textContent.trim()"
        for _ in range(8):
            page.keyboard.press(key)
            if page.evaluate(named) == name:
                return
        raise AssertionError(f"{name} is not among the next stops")

    page.get_by_label("What was printed?").focus()
    page.keyboard.type(PASTED)
    page.keyboard.press("Tab")
    with serve("get-not-implemented-404") as lab:
        page.keyboard.type(lab.url)
        tab_to("Run")
        page.keyboard.press("Enter")
        page.locator(".card.cause-present").wait_for()
        tab_to("Cancel the watch", "Shift+Tab")
        page.keyboard.press("Enter")
        page.get_by_text("Done at").first.wait_for()
        tab_to("Copy the change")
        page.keyboard.press("Enter")
        page.get_by_role("button", name="Copied").wait_for()
        copied = page.evaluate("navigator.clipboard.readText()")
        shown = page.locator(".card .fix pre").inner_text()
        tab_to("I applied this: check it")
        page.keyboard.press("Enter")
        page.get_by_text("✗ Still there: get-not-implemented-404").wait_for()

    assert copied == shown


@pytest.mark.parametrize("width", [900, 400])
def test_no_field_is_cut(page: Page, tmp_path: Path, width: int) -> None:
    """Beside an editor and on a telephone; what is wider scrolls in its own box."""
    run_all(page)
    page.keyboard.press("Control+b")
    page.set_viewport_size({"width": width, "height": 900})
    with serve("get-not-implemented-404") as lab:
        start(page, lab.url)
        page.locator(".card.cause-present").wait_for()
        cancel(page)
    page.get_by_role("button", name="More …").press("Enter")
    page.get_by_label("Seconds left alone").wait_for()
    behind(page)
    page.screenshot(path=tmp_path / f"{width}.png")
    cut = """[...document.querySelectorAll('.jp-OutputArea-output *')].filter(e =>
      e.clientWidth && e.getClientRects().length
      && !e.closest('.scroll, figure, pre, svg, .streamtriage-here')
      && (e.scrollWidth > e.clientWidth + 1 && !e.matches('input, textarea, select')
          || e.getBoundingClientRect().right
             > e.closest('.jp-OutputArea-output').getBoundingClientRect().right + 1))
      .map(e => e.outerHTML.slice(0, 120))"""

    assert page.evaluate(cut) == []
