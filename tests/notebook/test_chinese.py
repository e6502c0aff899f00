"""The runbooks in Chinese: the same cells, and no English sentence in form or pane."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any

import nbformat
import pytest
from nbclient import NotebookClient

from left_english import left_english, texts_of_html, texts_of_markdown
from streamtriage.apps.compare.form import Form as ComparisonForm
from streamtriage.apps.compare.parameters import ComparisonParameters
from streamtriage.apps.practise.form import Chooser, Guesser
from streamtriage.apps.triage.form import Form
from streamtriage.apps.triage.parameters import ParameterError, Parameters
from streamtriage.apps.triage.ticket_button import TicketButton
from streamtriage.lab import SCENARIOS
from streamtriage.languages import speak, speaking, spoken, translate
from streamtriage.model import Intake
from streamtriage.notebook import export, language
from streamtriage.notebook.copies import dated_copy
from streamtriage.notebook.labels import Labels, LanguageButton
from streamtriage.notebook.pane import Pane
from streamtriage.notebook.paths import runbook_paths
from streamtriage.notebook.prose import in_language, prose_texts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from streamtriage.lab import Scenario

PATHS = runbook_paths()
CHINESE = re.compile(r"[\u4e00-\u9fff]")
runbooks = pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)


@pytest.fixture(autouse=True)
def nobody_chose() -> Iterator[None]:
    """Leave the language of the whole process as it was."""
    before = spoken()
    yield
    language.choose_language(None)
    speak(before)


def read(path: Path) -> Any:
    return nbformat.read(str(path), as_version=4)


@runbooks
def test_both_languages_have_the_same_cells(path: Path) -> None:
    """One template: what differs is the prose, and the language that is asked for."""
    english = read(path)
    chinese = in_language(english, "zh-CN")
    kinds = [(c.id, c.cell_type, c.metadata) for c in english.cells]

    assert [(c.id, c.cell_type, c.metadata) for c in chinese.cells] == kinds
    for mine, theirs in zip(chinese.cells, english.cells, strict=True):
        if mine.cell_type == "markdown":
            assert CHINESE.search(mine.source), mine.source
        else:
            assert bare(mine.source) == bare(theirs.source)


def bare(source: str) -> str:
    """Return code without its comments and without the language in it."""
    lines = (line.partition("  # ")[0] for line in source.splitlines())
    return re.sub(r'(?m)^lang = "[^"]*"', "lang", "\n".join(lines))


@runbooks
def test_no_line_of_prose_is_left_in_english(path: Path) -> None:
    with speaking("zh-CN"):
        said = {text: translate(text) for text in prose_texts(read(path))}

    assert left_english(said.values()) == []
    assert [text for text, told in said.items() if told == text] == []


@runbooks
def test_links_within_lead_to_a_heading(path: Path) -> None:
    chinese = in_language(read(path), "zh-CN")
    prose = [c.source for c in chinese.cells if c.cell_type == "markdown"]
    headings = {
        line.lstrip("#").strip().replace(" ", "-")
        for text in prose
        for line in text.splitlines()
        if line.startswith("#")
    }
    links = [each for text in prose for each in re.findall(r"\]\(#([^)]*)\)", text)]

    assert set(links) <= headings


@runbooks
def test_an_executed_runbook_shows_no_english_sentence(path: Path) -> None:
    """Where nobody looks on: prose, comments, panes, and the words of the pictures."""
    notebook = in_language(export.cleared(read(path)), "zh-CN")
    environ = os.environ | {"STREAMTRIAGE_REHEARSE": "yes"}
    environ.pop("JPY_SESSION_NAME", None)
    client = NotebookClient(notebook, timeout=180, kernel_name="python3")
    client.execute(env=environ)

    told = [c.source for c in notebook.cells if c.cell_type == "markdown"]
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            assert output.output_type != "error"
            data = output.get("data", {})
            told += texts_of_markdown(data.get("text/markdown", ""))
            told += texts_of_html(data.get("text/html", ""))
    assert left_english(told) == []
    assert sum(bool(CHINESE.search(text)) for text in told) > len(notebook.cells) // 2


def words_of(widget: Any) -> Iterator[str]:
    """Yield what a widget and those in it say to a person."""
    for trait in ("description", "placeholder", "tooltip"):
        said = getattr(widget, trait, None)
        if isinstance(said, str) and said:
            yield said
    for option in getattr(widget, "options", ()) or ():
        yield option[0] if isinstance(option, tuple) else str(option)
    if type(widget).__name__ in ("HTML", "Label"):
        yield from texts_of_html(widget.value)
    for child in getattr(widget, "children", ()):
        yield from words_of(child)


def forms() -> list[Any]:
    """Return the widgets of every form, one for each kind."""
    none = Pane("none", str, live=False)
    triage = Form(
        Intake(),
        (none,),
        on_run=lambda: None,
        on_cancel=lambda: None,
        on_rehearse=lambda: None,
    )
    comparison = ComparisonForm(ComparisonParameters(), none, lambda: None)
    chooser = Chooser(none, labels=Labels(), on_start=lambda: None)
    guesser = Guesser(none, labels=Labels(), on_guess=lambda: None)
    ticket = TicketButton(lambda: None)
    return [
        triage.box,
        *comparison.paths.values(),
        *comparison.uploads.values(),
        *(comparison.error, comparison.same_service, comparison.run),
        *(chooser.group, chooser.fault, chooser.start),
        *(guesser.guess, guesser.show, ticket.button),
    ]


def test_forms_say_everything_in_chinese() -> None:
    """Labels, examples in words, buttons and hints; addresses and names stay."""
    with speaking("zh-CN"):
        chinese = [text for form in forms() for text in words_of(form)]
    english = [text for form in forms() for text in words_of(form)]
    same = set(chinese) & set(english)

    assert left_english(chinese) == []
    # What is the same in both: examples of values, names of faults, both languages.
    example = re.compile(r"[\w./:@=\u200b¶-]*|Failed to reconnect SSE stream: …")
    assert [text for text in same if not example.fullmatch(text)] == []


@pytest.mark.parametrize("played", SCENARIOS, ids=lambda played: played.name)
def test_the_lab_says_in_chinese_what_it_plays(played: Scenario) -> None:
    """In the list of the terminal, and in the pane that ends a rehearsal."""
    with speaking("zh-CN"):
        told = [translate(text) for text in (played.title, played.imitates) if text]

    assert [text for text in told if not CHINESE.search(text)] == []
    assert left_english(told) == []


def test_a_button_says_it_all_in_the_other_language_and_back() -> None:
    labels, told = Labels(), []
    run = labels.button(description="Run", tooltip="Probe the server and judge")
    button = LanguageButton(labels, lambda: told.append(spoken()), runbook="triage")

    assert (run.description, button.button.description) == ("Run", "中文")
    button.press()
    assert (run.description, button.button.description) == ("运行", "English")
    button.press()
    assert (run.description, run.tooltip) == ("Run", "Probe the server and judge")
    assert told == ["zh-CN", "en"]


def test_what_a_person_chose_stands_when_the_cell_is_run_again() -> None:
    language.choose_language("zh-CN")
    Parameters.read({})

    assert spoken() == "zh-CN"


def test_a_runbook_is_told_its_language() -> None:
    Parameters.read({"lang": "zh_CN.UTF-8"})

    assert spoken() == "zh-CN"
    with pytest.raises(ParameterError, match="lang"):
        Parameters.read({"lang": "tlh"})


@pytest.mark.parametrize(
    "given",
    [
        {"url": "ftp://host/mcp", "auth_env": "sk-live-0123456789abcdef"},
        {"hold_s": -1},
        {"hold_s": "soon"},
        {"header_envs": "X-Api-Key"},
        {"change": "{"},
        {"change": {"what": "a", "old": "b", "new": "b"}},
        {"url": "https://user:pw@host/mcp"},
    ],
    ids=str,
)
def test_what_cannot_be_used_is_refused_in_chinese(given: dict[str, Any]) -> None:
    with pytest.raises(ParameterError) as refused:
        Parameters.read({"lang": "zh-CN"} | given)

    assert CHINESE.search(str(refused.value))
    assert left_english([str(refused.value)]) == []


def test_the_copy_to_work_in_is_written_in_the_language(tmp_path: Path) -> None:
    copy = dated_copy("triage", tmp_path, "zh-CN")
    first = read(copy)

    assert {path.name for path in copy.parent.iterdir()} >= {p.name for p in PATHS}
    assert CHINESE.search(first.cells[0].source)
    assert 'lang = "zh-CN"' in "".join(c.source for c in first.cells)
