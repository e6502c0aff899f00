"""Everything in the evidence that a sound server would not have shown.

One module a kind; each registers its own finder where it is written, and a module that
is laid into this folder is found by itself.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

from streamtriage.model.observation import Kind, Observation
from streamtriage.observations.finder import FINDERS

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["observe"]

for _found in iter_modules(__path__):
    import_module(f"{__name__}.{_found.name}")

if _missing := set(Kind) - set(FINDERS):
    raise ImportError(f"Nothing finds observations of the kinds {sorted(_missing)}.")


def observe(case: Case) -> tuple[Observation, ...]:
    """Return all that was seen outside of what each request's role allows.

    In the order of time, and of ids where the time is the same; one request is observed
    once a kind. Nothing of it depends on any cause.
    """
    found = {each.id: each for kind in Kind for each in FINDERS[kind](case)}
    return tuple(sorted(found.values(), key=lambda each: (each.at_s, each.id)))
