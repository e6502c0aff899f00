"""Finds what is declared by its place: PACKAGE/LAYER/NAME.py holds the one of NAME."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, get_args

from streamtriage.model import Layer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["collect_by_layer", "layer_of"]

T = TypeVar("T")


def collect_by_layer(package: str, kind: type[T]) -> tuple[T, ...]:
    """Import each file of each layer below a package; return what they declare.

    They come by layer, from the name to the machine, and by name. Raises ImportError
    for a file that declares nothing of its name, and for one name in two layers: what
    was forgotten would be silent otherwise.
    """
    found: dict[str, T] = {}
    places: dict[str, str] = {}
    for layer in get_args(Layer):
        for name in _names_in(package, layer):
            if name in places:
                raise ImportError(
                    f"{name} is declared twice: in {places[name]}/ and in {layer}/ of "
                    f"{package}; one of the two has to go, or get another name"
                )
            places[name] = layer
            found[name] = _declared_in(f"{package}.{layer}.{name}", name, kind)
    return tuple(found.values())


def layer_of(declared: Callable[..., object]) -> Layer:
    """Return the folder in which a function stands, which is its layer.

    Raises ImportError where it does not stand in LAYER/NAME.py, NAME being its own.
    """
    *_, folder, name = ("", *declared.__module__.split("."))
    layer: Layer | None = next((e for e in get_args(Layer) if e == folder), None)
    if layer is None or name != declared.__name__:
        raise ImportError(
            f"{declared.__name__} stands in {declared.__module__}: it has to stand in "
            f"LAYER/{declared.__name__}.py, LAYER being one of "
            f"{', '.join(get_args(Layer))}"
        )
    return layer


def _names_in(package: str, layer: str) -> Iterator[str]:
    spec = find_spec(f"{package}.{layer}")
    for place in (spec and spec.submodule_search_locations) or ():
        for path in sorted(Path(place).glob("*.py")):
            if path.stem != "__init__":
                yield path.stem


def _declared_in(module: str, name: str, kind: type[T]) -> T:
    made = getattr(import_module(module), name, None)
    if not isinstance(made, kind):
        raise ImportError(  # noqa: TRY004 - of the file, not of a value
            f"{module} declares no {kind.__name__} named {name}: "
            f"write it there as a function of that name, or take the file away"
        )
    return made
