"""Formats of files: a newer one than this version knows is refused in words."""

from __future__ import annotations

from streamtriage.on_first_use import compile_later

__all__ = ["refuse_newer"]

_VERSION = compile_later(r"([0-9]{1,6})\.([0-9]{1,6})")


def refuse_newer(content: object, field: str, known: str) -> object:
    """Return what is to be validated; raises ValueError if it is in a newer format.

    A newer minor version only adds fields, and those are refused where they stand; a
    newer major one may mean something else by the same fields.
    """
    given = content.get(field) if isinstance(content, dict) else None
    if given is None:
        return content
    found = _VERSION.fullmatch(given) if isinstance(given, str) else None
    if found is None:
        raise ValueError(f"its {field} is no version of a format")
    if int(found[1]) > int(known.partition(".")[0]):
        raise ValueError(
            f"it has the format {found[0]}, which is newer than the {known} that this "
            "version reads: install a newer streamtriage"
        )
    return content
