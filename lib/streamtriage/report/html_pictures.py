"""Pictures inside of a page of ours, which gives them its colours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.report.html_markup import Html, joined, tag

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streamtriage.report.pictures import Picture

__all__ = ["figures"]


def figures(drawn: Iterable[Picture]) -> Html:
    """Build one figure for each picture; a narrow page scrolls it in its own box."""
    return joined(
        tag(
            "figure",
            Html(each.svg),
            class_="picture",
            tabindex="0",
            aria_label=f"Picture: {each.title}",
        )
        for each in drawn
    )
