"""Shapes by which issuers make their keys and tokens known."""

from __future__ import annotations

import re
from functools import cache
from typing import Annotated

from pydantic import AfterValidator, Field

from streamtriage.knowledge.rows import Fact, load

__all__ = ["SecretKind", "secret_kinds"]


def _compiles(shape: str) -> str:
    try:
        re.compile(shape)
    except re.error as problem:
        raise ValueError(f"it is no regular expression: {problem}") from None
    return shape


class SecretKind(Fact):
    """One kind of key or token, and a regular expression that only it matches.

    The shape is wider than the issuer's: a key that was cut off is still a key, and
    issuers lengthen theirs without notice.
    """

    issuer: Annotated[str, Field(min_length=2)]
    kind: Annotated[str, Field(min_length=3)]
    shape: Annotated[str, Field(min_length=6), AfterValidator(_compiles)]


@cache
def secret_kinds() -> tuple[SecretKind, ...]:
    """Return every known kind."""
    return load("secret_kinds", SecretKind)
