"""Whether what two sides differ in can say anything."""

from __future__ import annotations

from typing import Literal, TypeAlias

from streamtriage.model.vocabulary import Noun

__all__ = ["Comparable", "Fitness"]

Fitness: TypeAlias = Literal[
    "fit", "same", "two-servers", "both-sound", "working-fails", "not-known"
]


class Comparable(Noun):
    """Whether two sides can be compared; only what is *fit* leads to an advice.

    `swapped` is set where the side given as failing works and the other does not: then
    they were compared the other way round. `says` is empty where nothing is to be said.
    """

    fitness: Fitness = "fit"
    swapped: bool = False
    says: str = ""

    @property
    def is_fit(self) -> bool:
        return self.fitness == "fit"
