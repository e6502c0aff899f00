"""The report inside a notebook: one more representation of the verdict's output."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from streamtriage.letting_in import checked
from streamtriage.model.catalogue import saved_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from streamtriage.model import Report

__all__ = ["MIMETYPE", "attached_reports", "attachment"]

# No frontend has a renderer for it, so each shows the Markdown beside it and keeps this
# when it saves. The value is a string, one line of JSON: nbval's rules reach strings
# only, and a nested value would add thousands of lines to every diff.
MIMETYPE = "application/vnd.streamtriage.report+json"


def attachment(report: Report, *, complete: bool = True) -> dict[str, str]:
    """Return the report as an entry of a display bundle.

    A report that is not complete yet is marked as interrupted: if the notebook is saved
    now, that is what it will have been.
    """
    kept = checked(report)
    kept = kept if complete else kept.model_copy(update={"interrupted": True})
    return {MIMETYPE: saved_json(kept)}


def attached_reports(notebook: Mapping[str, object]) -> Iterator[str]:
    """Yield the JSON text of each report in a parsed notebook, whatever its shape."""
    for cell in _dicts(notebook.get("cells")):
        for output in _dicts(cell.get("outputs")):
            data = output.get("data")
            value = data.get(MIMETYPE) if isinstance(data, dict) else None
            if isinstance(value, list):
                value = "".join(map(str, value))
            if isinstance(value, dict):
                value = json.dumps(value)
            if isinstance(value, str):
                yield value


def _dicts(value: object) -> Iterator[dict[str, object]]:
    if isinstance(value, list):
        yield from (item for item in value if isinstance(item, dict))
