"""Pages as a person meets them: without script, narrow, enlarged, dark, read aloud."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from fleet.test_answer import ROWS, row
from notebook.served import CHROMIUM, FLAGS
from streamtriage.apps.triage.ticket_build import make_ticket
from streamtriage.fleet.answer import fleet_html
from streamtriage.model import Report
from streamtriage.notebook import export
from streamtriage.report import render_html

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .conftest import Rehearsal

pytestmark = [
    pytest.mark.real(part="browser"),
    pytest.mark.skipif(
        CHROMIUM is None,
        reason="NO BROWSER: install Debian's chromium to test the pages",
    ),
]
Scheme = Literal["light", "dark"]
UNFOLD = "document.querySelectorAll('details').forEach(d => { d.open = true; })"


@pytest.fixture(scope="module")
def pages(
    rehearsal: Rehearsal, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Path]:
    """Return the notebook as a page, the HTML report and the ticket of one rehearsal.

    What the runbook itself keeps is the report's page; that of a fleet has other rows.
    """
    (executed,) = rehearsal.folder.glob("triage-*.ipynb")
    folder = tmp_path_factory.mktemp("pages")
    report, ticket = folder / "report.html", folder / "ticket.html"
    notebook = folder / "notebook.html"
    notebook.write_text(export.to_html(export.read(executed), "Runbook"), "utf-8")
    made = make_ticket(executed, {})
    ticket.write_bytes(made.files["ticket.html"])
    seen = Report.model_validate_json(rehearsal.text("json"))
    report.write_text(render_html(seen), encoding="utf-8")
    fleet = folder / "fleet.html"
    long = row(f"mcp.{'eu-west-1.' * 8}example.com", "half-open-stream-409")
    fleet.write_text(fleet_html(folder, (*ROWS, long), str(fleet)), encoding="utf-8")
    return {"notebook": notebook, "report": report, "ticket": ticket, "fleet": fleet}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


def opened(
    browser: Browser,
    path: Path,
    *,
    width: int = 1280,
    scheme: Scheme = "light",
    script: bool = True,
) -> Page:
    context = browser.new_context(
        viewport={"width": width, "height": 800},
        color_scheme=scheme,
        java_script_enabled=script,
        offline=True,
    )
    page = context.new_page()
    page.goto(path.as_uri())
    return page


def faults(page: Page, *rules: str) -> list[str]:
    """Return what axe holds against the page."""
    options: dict[str, Any] = {"resultTypes": ["violations"]}
    if rules:
        options["runOnly"] = list(rules)
    found = Axe().run(page, options=options).response["violations"]
    return [
        f"{each['id']}: {node['html'][:120]}"
        for each in found
        for node in each["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["notebook", "report", "ticket", "fleet"])
def test_axe_finds_nothing(
    browser: Browser, pages: dict[str, Path], name: str, scheme: Scheme
) -> None:
    page = opened(browser, pages[name], scheme=scheme)
    assert faults(page) == []
    page.evaluate(UNFOLD)

    assert faults(page) == []
    page.context.close()


@pytest.mark.parametrize("name", ["notebook", "report", "ticket"])
def test_what_scrolls_on_a_telephone_is_reached_by_the_keyboard(
    browser: Browser, pages: dict[str, Path], name: str
) -> None:
    page = opened(browser, pages[name], width=360)
    page.evaluate(UNFOLD)
    scrolls = "[...document.querySelectorAll('main *')].filter(e => e.clientWidth &&"
    scrolls += " e.scrollWidth > e.clientWidth + 1).length"

    assert page.evaluate(scrolls) > 0
    assert faults(page, "scrollable-region-focusable", "target-size") == []
    page.context.close()


def test_axe_would_find_what_is_wrong(browser: Browser, tmp_path: Path) -> None:
    bad = tmp_path / "bad.html"
    bad.write_text("<html lang='en'><title>x</title><img src='data:,'><p>x</p></html>")

    assert any("image-alt" in each for each in faults(opened(browser, bad)))


@pytest.mark.parametrize("name", ["notebook", "report", "ticket", "fleet"])
def test_the_page_is_never_wider_than_the_screen(
    browser: Browser, pages: dict[str, Path], name: str
) -> None:
    """What is wider scrolls in its own box; 640 px is 1280 px enlarged to 200 %."""
    page = opened(browser, pages[name])
    wide = "document.documentElement.scrollWidth"
    for width in (360, 400, 640, 900, 1280):
        page.set_viewport_size({"width": width, "height": 800})

        assert page.evaluate(wide) == width
    page.context.close()


def test_the_notebook_is_whole_without_script(
    browser: Browser, pages: dict[str, Path]
) -> None:
    page = opened(browser, pages["notebook"], script=False)
    drawn = page.locator("figure svg, img")

    assert drawn.count() >= 2
    for each in drawn.all():
        box = each.bounding_box()
        assert box is not None
        assert box["width"] > 400
        assert box["height"] > 60
    assert page.get_by_role("img", name="The way to the server").count() == 1
    page.context.close()


@pytest.mark.parametrize("name", ["report", "ticket"])
def test_the_answer_is_read_without_script(
    browser: Browser, pages: dict[str, Path], name: str
) -> None:
    page = opened(browser, pages[name], script=False)

    for words in (
        "The server still counts the old stream",
        "half-open-stream-409",
        "proxy_ignore_client_abort off;",
    ):
        assert page.get_by_text(words).first.is_visible()
    assert page.get_by_role("img", name="The way to the server").is_visible()
    assert page.get_by_role("button").count() == 0
    seen = page.locator("summary", has_text="Can the stream be opened again?")
    assert seen.inner_text().startswith("✗ ")
    seen.click()
    told = page.locator("details[open]").get_by_text("409 Conflict (HTTP/1.1)")
    assert told.first.is_visible()
    page.context.close()


@pytest.mark.parametrize("name", ["report", "ticket"])
def test_the_card_is_seen_without_scrolling(
    browser: Browser, pages: dict[str, Path], name: str
) -> None:
    """At 1280 by 720: the sentence, the way, owner, first fix, and how to check it."""
    page = opened(browser, pages[name])
    page.set_viewport_size({"width": 1280, "height": 720})
    for locator in (
        page.get_by_role("heading", name="The server still counts the old stream"),
        page.get_by_role("img", name="The way to the server"),
        page.get_by_text("the proxy (deployment configuration)"),
        page.get_by_role("button", name="Copy the change"),
        page.get_by_role("button", name="Copy as an issue"),
        page.locator(".check pre"),
    ):
        box = locator.first.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= 720
    page.context.close()


def test_buttons_copy_what_stands_beside_them(
    browser: Browser, pages: dict[str, Path]
) -> None:
    page = opened(browser, pages["report"])
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    kept = "navigator.clipboard.readText()"
    page.get_by_role("button", name="Copy the change").first.press("Enter")
    page.get_by_role("button", name="Copied").wait_for()
    change = page.evaluate(kept)
    page.get_by_role("button", name="Copy as an issue").first.press("Enter")
    page.get_by_role("button", name="Copied").nth(1).wait_for()
    issue = page.evaluate(kept)

    assert change == "proxy_ignore_client_abort off;"
    assert issue.startswith("## Stream triage of `http://127.0.0.1")
    assert "<details>" in issue
    page.context.close()


@pytest.mark.parametrize("width", [400, 900])
@pytest.mark.parametrize("name", ["report", "ticket", "fleet"])
def test_no_field_is_cut(
    browser: Browser, pages: dict[str, Path], name: str, width: int
) -> None:
    page = opened(browser, pages[name], width=width)
    # What scrolls in a box of its own is not cut.
    cut = "[...document.querySelectorAll('.card *, .rest *, .fleet *')].filter(e =>"
    cut += " !e.closest('figure') && !e.matches('.scroll[tabindex]')"
    cut += " && e.clientWidth && e.scrollWidth > e.clientWidth + 1"
    cut += ").map(e => e.outerHTML.slice(0, 80))"

    assert page.evaluate(cut) == []
    page.context.close()


@pytest.mark.parametrize("name", ["report", "ticket"])
def test_it_is_small_and_prints_on_three_sheets(
    browser: Browser, pages: dict[str, Path], name: str
) -> None:
    page = opened(browser, pages[name])
    sheets = re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4"))

    assert 1 <= len(sheets) <= 3
    if name == "report":
        assert pages[name].stat().st_size <= 300_000
    # With all of the report in it, as text that anybody can search for a secret.
    assert pages[name].stat().st_size <= 320_000
    page.context.close()


def test_an_image_in_the_notebook_is_drawn(
    browser: Browser, pages: dict[str, Path]
) -> None:
    """A drawing that is not well formed would have no size of its own."""
    page = opened(browser, pages["notebook"])
    sizes = page.evaluate("[...document.images].map(i => i.naturalWidth)")

    assert len(sizes) >= 2
    assert set(sizes) == {588}
    page.context.close()


@pytest.mark.parametrize("name", ["notebook", "report", "ticket"])
def test_print_is_light(browser: Browser, pages: dict[str, Path], name: str) -> None:
    page = opened(browser, pages[name], scheme="dark")
    ground = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(ground)
    page.emulate_media(media="print", color_scheme="dark")

    assert dark in ("rgb(22, 24, 28)", "rgb(17, 17, 17)")
    assert page.evaluate(ground) in ("rgba(0, 0, 0, 0)", "rgb(255, 255, 255)")
    page.context.close()
