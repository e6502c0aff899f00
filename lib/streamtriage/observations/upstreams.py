"""What a gateway says of the servers behind it, in an answer that is its own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamtriage.model import Exchange

__all__ = ["empty_lists", "failed_upstreams"]

_LISTS = ("tools", "resources", "prompts")
# As gateways name the state of an upstream, in lower case.
_FAILED = frozenset(
    (
        "unreachable",
        "unavailable",
        "error",
        "failed",
        "failure",
        "down",
        "offline",
        "timeout",
        "timed_out",
        "disconnected",
        "unhealthy",
    )
)
_MOST_DEEP = 6


def empty_lists(seen: Exchange) -> tuple[str, ...]:
    """Return the names of lists in a result that are all empty; none if one is not."""
    result = _result(seen)
    found = {
        name: result[name] for name in _LISTS if isinstance(result.get(name), list)
    }
    return tuple(found) if found and not any(found.values()) else ()


def failed_upstreams(seen: Exchange) -> tuple[tuple[str, str], ...]:
    """Return what a result's `_meta` says of upstreams that failed: name and state."""
    meta = _result(seen).get("_meta")
    return tuple(_failed("", meta, 0)) if isinstance(meta, dict) else ()


def _failed(name: str, value: object, deep: int) -> Iterator[tuple[str, str]]:
    if deep > _MOST_DEEP:
        return
    if isinstance(value, dict):
        state = value.get("status", value.get("state"))
        if isinstance(state, str) and state.lower() in _FAILED:
            yield name[:60], state[:40]
            return
        for key, inner in value.items():
            yield from _failed(str(key), inner, deep + 1)
    elif isinstance(value, list):
        for inner in value[:50]:
            named = inner.get("name", name) if isinstance(inner, dict) else name
            yield from _failed(str(named), inner, deep + 1)
    elif isinstance(value, str) and value.lower() in _FAILED:
        yield name[:60], value[:40]


def _result(seen: Exchange) -> dict[str, object]:
    """Return the result in JSON or an event's data; empty where it is cut off."""
    for text in (seen.excerpt, *_data(seen.excerpt)):
        try:
            parsed = json.loads(text)
        except (ValueError, RecursionError):
            continue
        result = parsed.get("result") if isinstance(parsed, dict) else None
        if isinstance(result, dict):
            return result
    return {}


def _data(text: str) -> Iterator[str]:
    for line in text.splitlines():
        if line.startswith("data:"):
            yield line[5:].strip()
