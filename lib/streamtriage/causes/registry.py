"""Finds every cause by its place: causes/LAYER/NAME.py holds the one of that name."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from streamtriage.causes.cause import Cause
from streamtriage.model import Layer

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["collect_causes"]

_PACKAGE = __name__.rpartition(".")[0]


@cache
def collect_causes(package: str = _PACKAGE) -> tuple[Cause, ...]:
    """Import every cause below a package and return them, by layer and name.

    Raises ImportError for a file that declares none of its name, and for an id that two
    layers declare: what was forgotten would be silent otherwise.
    """
    found: dict[str, Cause] = {}
    for layer in get_args(Layer):
        for name in _names_in(package, layer):
            made = _declared_in(package, layer, name)
            other = found.setdefault(made.id, made)
            if other is not made:
                raise ImportError(
                    f"the cause {made.id} is declared twice: in {other.layer}/ and in "
                    f"{layer}/; one of the two files has to go, or get another name"
                )
    return tuple(found.values())


def _names_in(package: str, layer: str) -> Iterator[str]:
    spec = find_spec(f"{package}.{layer}")
    for place in (spec and spec.submodule_search_locations) or ():
        for path in sorted(Path(place).glob("*.py")):
            if path.stem != "__init__":
                yield path.stem


def _declared_in(package: str, layer: str, name: str) -> Cause:
    made = getattr(import_module(f"{package}.{layer}.{name}"), name, None)
    if not isinstance(made, Cause):
        raise ImportError(  # noqa: TRY004 - of the file, not of a value
            f"{layer}/{name}.py declares no cause named {name}: "
            "write a function of that name under @cause(...)"
        )
    return made
