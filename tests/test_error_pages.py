"""The pages that a searcher finds are those of the tables, and lead on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from streamtriage.causes import CAUSES
from streamtriage.error_pages import FOLDER, error_pages, write_pages
from streamtriage.languages import LANGUAGES, Language

if TYPE_CHECKING:
    from pathlib import Path

SEED = "Failed to reconnect SSE stream: Streamable HTTP error: Failed to open SSE"


@pytest.mark.parametrize("language", LANGUAGES)
def test_committed_pages_are_current(language: Language) -> None:
    made = error_pages(language)
    kept = {
        str(path.relative_to(FOLDER)): path.read_text(encoding="utf-8")
        for path in (FOLDER / language).rglob("*.md")
    }

    assert sorted(kept) == sorted(made), "They differ: make pages"
    assert kept == made, "They differ: make pages"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_link_leads_to_a_page(language: Language) -> None:
    made = error_pages(language)
    lost = [
        (place, link)
        for place, text in made.items()
        for link in re.findall(r"\]\(([^)#:]+\.md)\)", text)
        if _target(place, link) not in made
    ]

    assert lost == []


def _target(place: str, link: str) -> str:
    parts = place.split("/")[:-1]
    for step in link.split("/"):
        parts = parts[:-1] if step == ".." else [*parts, step]
    return "/".join(parts)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_cause_has_a_page_with_its_first_change(language: Language) -> None:
    made = error_pages(language)

    for cause in CAUSES:
        page = made[f"{language}/causes/{cause.id}.md"]
        assert f"`{cause.id}`" in page
        assert cause.fixes[0].paste.strip()[:60] in page


def test_what_a_status_cannot_be_is_not_named() -> None:
    """A text that stands for 409 does not lead to what answers 502."""
    made = error_pages("en")
    (page,) = (
        text for text in made.values() if f"{SEED} stream: Conflict`" in text[:120]
    )

    assert "half-open-stream-409.md" in page
    assert "gateway-refuses-reopening.md" not in page


def test_chinese_pages_are_chinese() -> None:
    """Each page has its sentences in Chinese: headings, what to do, the way back."""
    chinese = re.compile(r"[\u4e00-\u9fff]")
    for place, text in error_pages("zh-CN").items():
        prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
        headings = [line for line in prose.splitlines() if line.startswith("## ")]
        assert all(map(chinese.search, headings)), place
        assert chinese.search(prose.splitlines()[-1]), place


def test_pages_that_are_made_no_more_go(tmp_path: Path) -> None:
    folder = tmp_path / "errors"
    old = folder / "en" / "causes" / "gone.md"
    old.parent.mkdir(parents=True)
    old.write_text("old")

    number = write_pages(folder)

    assert not old.exists()
    assert number == len(list(folder.rglob("*.md")))
