"""`streamtriage faults`, `causes` and `schema`: what the tool knows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from streamtriage.commands.language import LanguageOption
from streamtriage.commands.options import JsonOption, put
from streamtriage.languages import translate

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["causes", "faults", "schema"]


def faults(json_to: JsonOption = "", lang: LanguageOption = "") -> None:
    """List what the lab can serve."""
    from streamtriage import lab  # noqa: PLC0415 - each list imports what it lists

    rows = [
        {
            "name": each.name,
            "title": each.title,
            "cause": each.cause,
            "imitates": each.imitates,
        }
        for each in lab.SCENARIOS
    ]
    if json_to:
        put(json_to, json.dumps(rows, indent=2))
    if json_to != "-":
        named = [(each.name, translate(each.title)) for each in lab.SCENARIOS]
        put("-", "\n".join(_lines(named)))


def causes(json_to: JsonOption = "", lang: LanguageOption = "") -> None:
    """List the causes that this tool knows, most specific first.

    Last come those that are known and not judged by themselves, each with its reason.
    """
    from streamtriage.causes import CAUSES  # noqa: PLC0415
    from streamtriage.wording import cause_title  # noqa: PLC0415

    rows = [
        {
            "name": each.id,
            "title": each.title,
            "layer": each.layer,
            "owner": each.owner,
            "scope": each.scope,
            "eras": list(each.eras),
            "look_alike": each.look_alike,
        }
        for each in CAUSES
    ]
    taken = [(cause.id, each) for cause in CAUSES for each in cause.taken_for_it]
    beside = [
        {
            "name": each.cause,
            "title": each.title,
            "not_judged": each.why,
            "judged_as": judged,
        }
        for judged, each in taken
    ]
    if json_to:
        put(json_to, json.dumps([*rows, *beside], indent=2))
    if json_to != "-":
        known = (
            f"{each.cause}  {translate(each.title)}\n    {translate(each.why)}"
            for _, each in taken
        )
        head = translate("\nKnown, and not judged by themselves:")
        named = [(each.id, cause_title(each.id, each.title)) for each in CAUSES]
        put("-", "\n".join((*_lines(named), head, *known)))


def schema() -> None:
    """Print the JSON Schema of the report."""
    from streamtriage.report import report_schema  # noqa: PLC0415

    put("-", json.dumps(report_schema(), indent=2))


def _lines(named: Sequence[tuple[str, str]]) -> list[str]:
    width = max(len(name) for name, _ in named)
    return [f"{name:<{width}}  {title}" for name, title in named]
