"""What reports of earlier formats said otherwise."""

from __future__ import annotations

import copy
import re
from typing import Any

__all__ = ["with_purposes"]

# From 2.3 on an exchange says in a field for what its session was opened.
_SAYS_PURPOSE = (2, 3)
_VERSION = re.compile(r"(\d{1,6})\.(\d{1,6})")
_PURPOSE = re.compile(r"\(([^()]+)\)$")


def with_purposes(content: object) -> object:
    """Return a report's content, each exchange with the purpose of its session.

    Earlier reports name it at the end of the label alone: `initialize (main)`. What is
    newer, or is no report, is returned as it is.
    """
    if not isinstance(content, dict):
        return content
    version = _VERSION.fullmatch(str(content.get("schema_version", "")))
    if version is None or tuple(map(int, version.groups())) >= _SAYS_PURPOSE:
        return content
    evidence = copy.deepcopy(content.get("evidence"))
    left: list[Any] = [evidence]
    while left:
        part = left.pop()
        if isinstance(part, dict):
            _name_purpose(part)
            left += part.values()
        elif isinstance(part, list | tuple):
            left += part
    return content if evidence is None else content | {"evidence": evidence}


def _name_purpose(part: dict[str, Any]) -> None:
    label = part.get("label")
    # Every request with a label was an exchange, and nothing else has a method beside.
    if not isinstance(label, str) or "method" not in part:
        return
    found = _PURPOSE.search(label)
    if found is not None:
        part.setdefault("opened_for", found[1])
