"""The rehearsal: what is printed comes first, the fault is named after the guess."""

from __future__ import annotations

import asyncio
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import papermill
import pytest
from playwright.sync_api import expect, sync_playwright

from left_english import left_english, texts_of_markdown
from notebook.served import CHROMIUM, FLAGS, jupyterlab
from streamtriage.apps.practise import Practice, practise
from streamtriage.apps.practise.draw import (
    ANY,
    HEALTHY,
    candidates,
    drawn,
    groups,
)
from streamtriage.apps.practise.form import Chooser, Guesser
from streamtriage.causes import CAUSES
from streamtriage.lab import SCENARIOS, scenario
from streamtriage.languages import speaking, translate
from streamtriage.notebook.pane import Pane
from streamtriage.notebook.paths import runbook_path
from streamtriage.transport.target import IntakeError

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.anyio

QUICK = "tcp-refused-server-down"
IDS = {cause.id for cause in CAUSES}


def text_of(shown: object) -> str:
    assert isinstance(shown, Pane)
    return shown.text


def form_of(practice: Practice) -> Chooser:
    form = practice.form()
    assert isinstance(form, Chooser)
    return form


async def guesser_of(practice: Practice) -> Guesser:
    guesser = await practice.guess()
    assert isinstance(guesser, Guesser)
    return guesser


async def until_offered(guesser: Guesser) -> None:
    """Wait until the verdict can be asked for."""
    offered = asyncio.Event()
    guesser.show.observe(lambda _change: offered.set(), "disabled")
    if guesser.show.disabled:
        await asyncio.wait_for(offered.wait(), 30)


def test_every_scenario_can_be_picked_and_drawn() -> None:
    named = [name for names in groups().values() for name in names]

    assert sorted(named) == sorted(each.name for each in SCENARIOS)
    assert {drawn(seed, group) for group in groups() for seed in range(600)} == set(
        named
    )
    assert drawn(7, ANY) == drawn(7, ANY)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda each: each.name)
def test_the_real_cause_is_among_the_candidates(scenario: Any) -> None:
    """And the nearest look-alike, and "nothing is wrong"; the place tells nothing."""
    found = candidates(scenario.name, 1)
    truth = scenario.cause or HEALTHY
    cause = next((each for each in CAUSES if each.id == truth), None)

    assert truth in found
    assert HEALTHY in found
    assert set(found) <= IDS | {HEALTHY}
    assert 4 <= len(found) == len(set(found)) <= 6
    assert cause is None or cause.look_alike not in IDS or cause.look_alike in found


def test_the_real_cause_stands_in_any_place() -> None:
    places = {
        candidates(each.name, 1).index(each.cause or HEALTHY) for each in SCENARIOS
    }

    assert places >= set(range(5))


async def test_headless_it_compares_a_wrong_guess() -> None:
    practice = practise(fault=QUICK, guess="dns-nxdomain", ask=False)
    form, printed = practice.form(), await practice.printed()
    verdict, apart = await practice.verdict(), await practice.apart()

    assert "told below, after the guess" in text_of(form)
    assert QUICK not in printed.text
    assert "| → | `dns-nxdomain` |" in text_of(await practice.guess())
    assert "**Not this time.** You said `dns-nxdomain`; it was" in verdict.text
    assert f"`{QUICK}` is what it was" in apart.text
    assert "nearest look-alike" in apart.text
    assert "Ruled out" in apart.text


async def test_the_pane_says_in_chinese_what_the_lab_imitates() -> None:
    with speaking("zh-CN"):
        verdict = (await practise(fault=QUICK, ask=False).verdict()).text
        note = translate(scenario(QUICK).imitates)

    assert note != scenario(QUICK).imitates
    assert note in verdict.splitlines()[4]
    assert left_english(texts_of_markdown(verdict)) == []


async def test_a_fault_that_needs_a_variable_of_its_own_can_be_played() -> None:
    practice = practise(fault="token-refresh-401-loop-v1", ask=False)
    verdict = await practice.verdict()

    assert "It was `token-refresh-401-loop-v1`." in verdict.text
    assert "judged it as" not in verdict.text


async def test_a_person_guesses_before_the_fault_is_named() -> None:
    """Surprise in a group, Start, read, guess, and only then the verdict."""
    practice = practise(ask=True)
    form, guesser = form_of(practice), await guesser_of(practice)
    panes = [
        await practice.evidence(),
        await practice.verdict(),
        await practice.apart(),
    ]
    before = panes[1].text
    form.group.value = "finding the server"
    form.fault.value = QUICK
    form.start.click()
    await until_offered(guesser)
    riddle = "".join(pane.text for pane in panes)
    guesser.guess.value = QUICK
    guesser.show.click()
    told = panes[1].text

    assert "Press **Start**" in before
    assert riddle.count("Guess first") == 3
    assert QUICK not in riddle
    assert f"**Right**, it was `{QUICK}`." in told
    assert guesser.show.disabled
    assert not form.start.disabled


@pytest.mark.parametrize(
    ("given", "says"),
    [
        pytest.param({"fault": "no-such"}, "no-such", id="an unknown fault"),
        pytest.param({"guess": "no-such"}, "streamtriage causes", id="unknown guess"),
        pytest.param({"seed": "soon"}, "seed: ", id="no number"),
        pytest.param({"moons": 1}, "moons: ", id="an unknown name"),
    ],
)
async def test_what_cannot_be_played_is_said_at_once(
    given: dict[str, Any], says: str
) -> None:
    with pytest.raises(IntakeError, match=says):
        practise(ask=False, **given)


def test_papermill_plays_what_it_is_told(tmp_path: Path) -> None:
    done = papermill.execute_notebook(
        str(runbook_path("practise")),
        str(tmp_path / "out.ipynb"),
        parameters={"fault": QUICK, "guess": HEALTHY},
        progress_bar=False,
        execution_timeout=60,
    )
    text = str(done.cells)

    assert f"it was `{QUICK}`" in text
    assert "'stream'" not in text


@pytest.fixture
def binder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Serve with the configuration that Binder installs."""
    folder = Path(__file__).parents[2] / "binder"
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", str(folder))
    with jupyterlab(tmp_path, runbook="practise") as url:
        yield url


@pytest.mark.real(part="browser")
@pytest.mark.skipif(CHROMIUM is None, reason="NO BROWSER: install Debian's chromium")
@pytest.mark.timeout(240)
def test_in_jupyterlab_a_beginner_gets_through(binder: str, tmp_path: Path) -> None:
    """Binder's link without a path leads here; labels, Start, a guess, the verdict."""
    home = binder.partition("lab/tree")[0] + "?" + binder.partition("?")[2]
    with urllib.request.urlopen(home) as answer:
        assert "/lab/tree/runbooks/practise.ipynb" in answer.url
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 1000})
        page.set_default_timeout(60_000)
        page.goto(binder)
        page.get_by_role("heading", name="Practise on a faulty server").wait_for()
        page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        page.get_by_label("Where may it lie?").select_option("finding the server")
        # The kernel shortens this list then; who chooses before that chooses by number.
        faults = page.get_by_label("Which fault?")
        expect(faults.locator("option")).to_have_count(
            1 + len(groups()["finding the server"])
        )
        faults.select_option(QUICK)
        page.get_by_role("button", name="Start", exact=True).press("Enter")
        page.get_by_text("Read what the client prints").first.wait_for()
        page.get_by_label(QUICK, exact=True).check()
        page.get_by_role("button", name="Show the verdict").press("Enter")
        page.get_by_text("Right", exact=True).first.wait_for()
        heading = page.get_by_role("heading", name="What is your guess?")
        heading.scroll_into_view_if_needed()
        page.screenshot(path=tmp_path / "practise.png")
        text = page.locator(".jp-Notebook").inner_text()
        browser.close()

    assert f"Right, it was {QUICK}." in text
    assert "nearest look-alike" in text
