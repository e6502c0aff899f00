"""The parameters of a comparison, checked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from streamtriage.notebook.parameters import ParameterError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ComparisonParameters"]


class ComparisonParameters(BaseModel):
    """What the cell tagged `parameters` says."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    broken: str = ""
    working: str = ""
    error: str = ""
    ask: bool | Literal["auto"] = "auto"

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> Self:
        """Check what was given; raises ParameterError in words."""
        try:
            return cls.model_validate(dict(given))
        except ValidationError as problem:
            first = problem.errors(include_url=False, include_input=False)[0]
            where = ".".join(map(str, first["loc"][:1]))
            said = first["msg"].removeprefix("Value error, ")
            raise ParameterError(f"{where}: {said}" if where else said) from None

    @model_validator(mode="after")
    def _both_or_none(self) -> Self:
        if bool(self.broken) != bool(self.working):
            raise ValueError(
                "broken and working: give both files, or neither to rehearse."
            )
        return self
