"""Shapes by which issuers make their keys and tokens known."""

from __future__ import annotations

from functools import cache
from typing import Annotated

from pydantic import Field

from streamtriage.knowledge.rows import Fact, load

__all__ = ["SecretKind", "secret_kinds"]


class SecretKind(Fact):
    """One kind of key or token, and a regular expression that only it matches.

    The shape is wider than the issuer's: a key that was cut off is still a key, and
    issuers lengthen theirs without notice. Any match holds one of the `anchors`, with
    blanks between them.
    """

    issuer: Annotated[str, Field(min_length=2)]
    kind: Annotated[str, Field(min_length=3)]
    shape: Annotated[str, Field(min_length=6)]
    anchors: Annotated[str, Field(min_length=1)]


@cache
def secret_kinds() -> tuple[SecretKind, ...]:
    """Return every known kind."""
    return load("secret_kinds", SecretKind)
