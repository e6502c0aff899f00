"""Every cause of the catalogue, and why a few of them are not judged by themselves."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Annotated

from pydantic import Field

from streamtriage.knowledge.rows import Fact, load

__all__ = ["Unjudged", "catalogue", "unjudged"]


class Unjudged(Fact):
    """One cause that nothing within this tool's sight sets apart, and why.

    `judged_as` is the cause that it is taken for.
    """

    cause: str
    title: str
    judged_as: str
    why: Annotated[str, Field(pattern=r"\.$")]


@cache
def catalogue() -> tuple[str, ...]:
    """Return the name of every cause that is known of this error."""
    here = files("streamtriage.knowledge")
    return tuple((here / "catalogue.txt").read_text(encoding="utf-8").split())


@cache
def unjudged() -> tuple[Unjudged, ...]:
    """Return those that are not judged, each with its reason."""
    return load("unjudged", Unjudged)
