"""Comparisons as Markdown: two reports, and one case against what others have seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.languages import translate
from streamtriage.markup.markdown import cells, folded, plain, prose, table
from streamtriage.phrases import count
from streamtriage.redaction import inside

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamtriage.comparison import Comparison, Resemblance

__all__ = ["comparison_markdown", "resemblances_markdown"]

_KINDS = {
    "setting": "a circumstance: can be changed",
    "observation": "what was answered",
    "cause": "what was concluded",
}
_TITLES = {
    "match": "Match: the same thing, as far as both are known",
    "unknown": "Unknown: what it turns on was not measured or not said",
    "no match": "No match",
}
_SHOWN = 40


def comparison_markdown(found: Comparison) -> str:
    """Render what differs between two reports, most telling first."""
    found = inside(found)
    parts = [f"{prose(found.says)}\n"]
    parts += [f"> **{plain(note)}**\n" for note in found.notes]
    if found.differences:
        rows = (
            (
                str(one.rank),
                f"**{plain(one.what)}** ({translate(_KINDS[one.kind])})",
                plain(one.broken),
                plain(one.working),
                prose(one.why),
            )
            for one in found.differences[:_SHOWN]
        )
        columns = (
            translate("Rank"),
            translate("What differs"),
            translate("Failing"),
            translate("Working"),
            translate("Why it may matter"),
        )
        parts.append(table(columns, rows))
    if found.not_compared:
        gaps = "; ".join(plain(gap) for gap in found.not_compared)
        parts.append(
            translate(
                "Found out in only one of the two, so not compared: {gaps}.\n",
                gaps=gaps,
            )
        )
    return "\n".join(parts)


def resemblances_markdown(found: Sequence[Resemblance]) -> str:
    """Render every source with its answer and the reason; matches are open."""
    if not found:
        return translate("No source speaks of anything that was judged here.\n")
    parts = []
    for answer, title in _TITLES.items():
        group = [inside(each) for each in found if each.answer == answer]
        rows = (
            (each.source, each.about, each.because, each.helped)
            for each in group[:_SHOWN]
        )
        columns = (
            translate("Source"),
            translate("What was seen there"),
            translate("Against yours"),
            translate("What helped"),
        )
        more = len(group) - _SHOWN
        rest = translate("\n{n} more.\n", n=more) if more > 0 else ""
        body = table(columns, cells(rows)) + rest if group else ""
        named = f"{translate(title)}: {count(len(group), 'source')}"
        if answer == "match" or not group:
            parts.append(f"**{named}**\n\n{body}")
        else:
            parts.append(folded(named, body))
    return "\n".join(parts)
