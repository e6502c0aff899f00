"""What papermill's own cell assigned: names, and what they stand for in the kernel."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from IPython.core.getipython import get_ipython

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["assigned_names", "injected", "injected_names"]


def injected_names() -> tuple[str, ...]:
    """Return the names that papermill's cell assigned in this kernel, in order."""
    return assigned_names(_names().get("In", ()))


def injected(known: Iterable[str]) -> dict[str, Any]:
    """Return what papermill was given for the known names.

    The notebook's own cell need not hold such a name: a parameter that it does not
    hand on is taken all the same.
    """
    names, wanted = _names(), set(known)
    given = (each for each in injected_names() if each in wanted)
    return {each: names[each] for each in given if each in names}


def assigned_names(cells: Iterable[str]) -> tuple[str, ...]:
    """Return what papermill's own cells among `cells` assign."""
    found: list[str] = []
    for source in cells:
        if not source.lstrip().startswith("# Parameters"):
            continue
        try:
            tree = ast.parse(source)
        except SyntaxError:
            continue
        found += (
            target.id
            for node in tree.body
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        )
    return tuple(found)


def _names() -> dict[str, Any]:
    return getattr(get_ipython(), "user_ns", {})
