"""Every sentence that a judge names stands in each catalogue, with the same values."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING

import pytest
from babel.messages.mofile import read_mo

import catalogues
from old_reports import FOLDER
from streamtriage.causes import CAUSES
from streamtriage.languages import LANGUAGES, Language, has_sentence, language_of
from streamtriage.model import End, Failure
from streamtriage.model.message import Message, begin_capital, join_sentences, say
from streamtriage.wording import counted, ended_words, listed, seconds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from babel.messages.catalog import Catalog

LIB = Path(__file__).parents[1] / "lib" / "streamtriage"
# What is named by a value, not letter by letter: one of these families.
FAMILIES = ("count.", "ended.", "failure.", "title.", "report.answer.sentence.")


def _calls(*functions: str, module: str) -> Iterator[ast.Call]:
    """Yield every call of these, wherever they are imported from that module."""
    for path in LIB.rglob("*.py"):
        text = path.read_text()
        # No import without its name; and most files have neither.
        if not any(each in text for each in functions):
            continue
        nodes = list(ast.walk(ast.parse(text)))
        names = {
            alias.name
            for node in nodes
            if isinstance(node, ast.ImportFrom) and node.module == module
            for alias in node.names
        }
        wanted = names.intersection(functions)
        yield from (
            node
            for node in nodes
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in wanted
        )


def _names(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant):
        yield str(node.value)


@cache
def _said() -> dict[str, set[frozenset[str]]]:
    """Return which values each message is given, by its id, wherever it is made."""
    found: dict[str, set[frozenset[str]]] = {}
    for node in _calls("say", "tell", module="streamtriage.model.message"):
        given = frozenset(str(each.arg) for each in node.keywords)
        for name in _names(node.args[0]):
            if not name.startswith(FAMILIES):
                found.setdefault(name, set()).add(given)
    return found


# Made in the very module of messages, of their parts.
OF_WORDS = {"comma", "sentences", "listed", "listed.or"}


def _values(written: str) -> frozenset[str]:
    parts = Formatter().parse(written)
    return frozenset(name for _, name, _, _ in parts if name is not None)


def _all_forms(catalogue: Catalog) -> dict[str, tuple[str, ...]]:
    """Return each sentence of a catalogue in all of its forms."""
    return {
        _each(one.id)[0]: _each(one.string)
        for one in catalogue
        if one.id and one.context is None
    }


def _each(text: str | list[str] | tuple[str, ...] | None) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text or ("",))


def _forms(language: Language) -> dict[str, tuple[str, ...]]:
    return _all_forms(catalogues.read(language))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_is_there_and_none_is_left_over(language: Language) -> None:
    forms = _forms(language)
    fixed = {name for name in forms if not name.startswith(FAMILIES)}

    assert fixed == _said().keys() | OF_WORDS
    assert [name for name, texts in forms.items() if not all(texts)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sentence_names_the_values_that_it_is_given(language: Language) -> None:
    forms = _forms(language)
    wrong = [
        (name, given, text)
        for name, several in _said().items()
        for given in several
        for text in forms.get(name, ())
        if _values(text) != given
    ]

    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_compiled_is_what_is_written(language: Language) -> None:
    """So that nobody sees another sentence than the one that was reviewed."""
    place = catalogues.place_of(language)

    with place.with_suffix(".mo").open("rb") as compiled:
        kept = _all_forms(read_mo(compiled))

    assert kept == _all_forms(catalogues.read(language)), "They differ: make languages"


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_named_by_a_value_has_a_sentence_for_each(language: Language) -> None:
    for end in End:
        for many in (False, True):
            assert ended_words(end, many=many).text(language)
    for failure in Failure:
        assert has_sentence(f"failure.{failure}", language)
    for cause in CAUSES:
        assert has_sentence(f"title.{cause.id}", language)
    calls = (
        *_calls("counted", module="streamtriage.wording"),
        *_calls("count", module="streamtriage.phrases"),
    )
    nouns = {
        str(node.args[1].value)
        for node in calls
        if isinstance(node.args[1], ast.Constant)
    }
    assert {"GET", "report"} <= nouns
    for noun in nouns:
        assert counted(1, noun).text(language) != ""
        assert counted(2, noun).text(language) != ""


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_fixed_text_is_there_and_none_is_left_over(language: Language) -> None:
    found = {
        one.id: one.string
        for one in catalogues.read(language)
        if one.context is not None
    }

    assert set(found) == (set() if language == "en" else set(catalogues.fixed_texts()))
    assert [text for text, said in found.items() if not said] == []


def test_a_title_is_that_of_its_cause() -> None:
    for cause in CAUSES:
        assert str(say(f"title.{cause.id}")) == cause.title


def test_a_message_is_said_with_its_values() -> None:
    assert str(seconds(0.25)) == "250 ms"
    assert str(seconds(2)) == "2.0 s"
    assert str(counted(1, "GET")) == "1 GET"
    assert str(counted(3, "GET")) == "3 GETs"
    assert str(listed(["a", seconds(1), "c"])) == "a, 1.0 s and c"
    assert str(begin_capital(seconds(None))) == "An unknown time"


def test_parts_are_put_together_without_empty_ones() -> None:
    both = say("ended.not") + " " + seconds(1)

    assert str(both) == "did not end 1.0 s"
    assert join_sentences(("", "", "")) == ""
    assert str(join_sentences(("One.", "", "Two."))) == "One. Two."


def test_a_value_with_braces_is_said_as_it_is() -> None:
    """What a server sends stands in a sentence and is never read as one."""
    assert str(say("quoted", text="{n} {0} {")) == ' ("{n} {0} {")'


def test_a_message_is_kept_in_a_report_and_said_again() -> None:
    told = say("listed", most=(seconds(1), "b"), last=counted(2, "GET"))

    again = Message.model_validate_json(told.model_dump_json())

    assert again == told
    assert str(again) == "1.0 s, b and 2 GETs"


def test_what_no_catalogue_has_is_an_error() -> None:
    with pytest.raises(KeyError, match=r"no\.such"):
        say("no.such.sentence").text()


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "en"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh-CN"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "de_DE"}, "en"),
        ({"LANG": "C", "LC_MESSAGES": "zh_SG"}, "zh-CN"),
        ({"LC_ALL": "C", "STREAMTRIAGE_LANG": "zh-Hans"}, "zh-CN"),
    ],
)
def test_a_persons_environment_says_the_language(
    environment: dict[str, str], language: str
) -> None:
    assert language_of(environment) == language


@pytest.mark.parametrize(
    ("words", "environment"),
    [(["--lang", "zh-CN"], {}), ([], {"LANG": "zh_CN.UTF-8", "STREAMTRIAGE_LANG": ""})],
)
def test_a_saved_report_is_read_in_chinese(
    words: list[str], environment: dict[str, str]
) -> None:
    report = next(iter(sorted(FOLDER.glob("*.json"))))
    done = subprocess.run(
        [sys.executable, "-m", "streamtriage", "judge", str(report), *words],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )

    assert re.search(r"[\u4e00-\u9fff]{4}", done.stdout)


def test_a_language_that_there_is_not_is_refused() -> None:
    report = next(iter(sorted(FOLDER.glob("*.json"))))
    done = subprocess.run(
        [sys.executable, "-m", "streamtriage", "judge", str(report), "--lang", "fr"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 2
    assert "fr is not among the languages: en, zh-CN" in done.stderr
