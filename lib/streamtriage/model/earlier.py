"""What reports of earlier formats said otherwise."""

from __future__ import annotations

import copy
import re
from typing import Any

__all__ = ["as_said_today"]

# From 2.3 on an exchange says in a field for what its session was opened, and from 2.4
# on a moment of which request it is.
_SAYS_PURPOSE = (2, 3)
_SAYS_REQUEST = (2, 4)
_VERSION = re.compile(r"(\d{1,6})\.(\d{1,6})")
_PURPOSE = re.compile(r"\(([^()]+)\)$")
_REQUEST = re.compile(r"(?P<said>.*?) ?\[(?P<label>[^\[\]]*)\]", re.DOTALL)


def as_said_today(content: object) -> object:
    """Return a report's content, with what earlier formats said in their texts alone.

    An exchange's label ended with the purpose of its session, `initialize (main)`, and
    a moment's detail with its request, `open [GET]`. What is newer, or is no report, is
    returned as it is.
    """
    if not isinstance(content, dict):
        return content
    found = _VERSION.fullmatch(str(content.get("schema_version", "")))
    version = tuple(map(int, found.groups())) if found is not None else _SAYS_REQUEST
    if version >= _SAYS_REQUEST or content.get("evidence") is None:
        return content
    evidence = copy.deepcopy(content["evidence"])
    left: list[Any] = [evidence]
    while left:
        part = left.pop()
        if isinstance(part, dict):
            if version < _SAYS_PURPOSE:
                _name_purpose(part)
            _name_requests(part.get("timeline"))
            left += part.values()
        elif isinstance(part, list | tuple):
            left += part
    return content | {"evidence": evidence}


def _name_purpose(part: dict[str, Any]) -> None:
    label = part.get("label")
    # Every request with a label was an exchange, and nothing else has a method beside.
    if not isinstance(label, str) or "method" not in part:
        return
    found = _PURPOSE.search(label)
    if found is not None:
        part.setdefault("opened_for", found[1])


def _name_requests(timeline: object) -> None:
    for moment in timeline if isinstance(timeline, list | tuple) else ():
        if isinstance(moment, dict):
            found = _REQUEST.fullmatch(str(moment.get("detail", "")))
            if found is not None:
                moment["detail"] = found["said"]
                moment.setdefault("request", found["label"])
