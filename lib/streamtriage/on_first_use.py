"""Modules that are imported, and patterns that are compiled, when first used."""

from __future__ import annotations

import contextlib
import re
import sys
from importlib import import_module
from threading import RLock
from typing import TYPE_CHECKING, Any, AnyStr, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import ModuleType

__all__ = ["Later", "compile_later", "exports", "load", "without"]

# Packages import their own modules in a circle. Two threads that begin at two of them
# wait for each other, and Python ends one with a deadlock error.
_ONE_AT_A_TIME = RLock()


def load(module: str) -> ModuleType:
    """Import a module, one thread at a time. Raises ImportError, as an import does."""
    with _ONE_AT_A_TIME:
        return import_module(module)


@contextlib.contextmanager
def without(package: str, *modules: str) -> Iterator[None]:
    """Let imports of these modules fail, where the package is not imported yet.

    None in the table of modules makes one fail; the package goes on without it.
    """
    unwanted = [name for name in modules if name not in sys.modules]
    if package in sys.modules:
        unwanted = []
    sys.modules.update(dict.fromkeys(unwanted))  # type: ignore[arg-type]
    try:
        yield
    finally:
        for name in unwanted:
            del sys.modules[name]


class Later:
    """Stands for a module, or for one name of it, of which a run may need nothing.

    Type checkers see the real import, under `if TYPE_CHECKING`. Not
    `importlib.util.LazyLoader`: before Python 3.12 a second thread may find that one
    half imported.
    """

    __slots__ = ("_attribute", "_module")

    def __init__(self, module: str, attribute: str = "") -> None:
        self._module, self._attribute = module, attribute

    def _found(self) -> Any:  # noqa: ANN401 - whatever it is
        module = load(self._module)
        return getattr(module, self._attribute) if self._attribute else module

    def __getattr__(self, attribute: str) -> Any:  # noqa: ANN401 - whatever it has
        return getattr(self._found(), attribute)

    def __call__(self, *given: Any, **named: Any) -> Any:  # noqa: ANN401 - likewise
        return self._found()(*given, **named)


def exports(package: str, where: Mapping[str, str]) -> Callable[[str], object]:
    """Return a package's `__getattr__`, which imports a name from its module (PEP 562).

    `where` has a module's name for the names that it holds, with blanks between them.
    Raises AttributeError for any other name, as a module does. No name may be that of a
    module of the package: whoever imports that module would find it in its place.
    """
    module_of = {
        name: module for module, names in where.items() for name in names.split()
    }

    def look_up(name: str) -> object:
        if name not in module_of:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        found: object = getattr(load(f"{package}.{module_of[name]}"), name)
        # The next time it is there, as after any import.
        setattr(sys.modules[package], name, found)
        return found

    return look_up


class _Pattern:
    """Has every attribute of a compiled pattern, which it becomes at the first one."""

    def __init__(self, pattern: Any, flags: int) -> None:  # noqa: ANN401 - str or bytes
        self._given = (pattern, flags)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a pattern has
        if name.startswith("__"):
            raise AttributeError(name)
        found = getattr(re.compile(*self._given), name)
        # From now on it is found at once, as in the pattern itself.
        self.__dict__[name] = found
        return found

    def __reduce__(self) -> tuple[object, ...]:
        return (compile_later, self._given)


def compile_later(pattern: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """Return a pattern that is compiled when it is first used.

    Compiling is work of Python's own and takes 0.1 to 10 ms; most runs use few of the
    patterns that their modules hold. Raises re.error at the first use, not before.
    """
    return cast("re.Pattern[AnyStr]", _Pattern(pattern, flags))
