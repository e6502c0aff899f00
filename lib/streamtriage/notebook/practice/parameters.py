"""The parameters of the rehearsal, checked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from streamtriage.notebook.parameters import ParameterError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["PracticeParameters"]


class PracticeParameters(BaseModel):
    """What the cell tagged `parameters` says."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    fault: str = ""
    guess: str = ""
    seed: int = Field(default=2, ge=0)
    ask: bool | Literal["auto"] = "auto"

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> Self:
        """Check what was given; raises ParameterError in words."""
        try:
            return cls.model_validate(dict(given))
        except ValidationError as problem:
            first = problem.errors(include_url=False, include_input=False)[0]
            where = ".".join(map(str, first["loc"][:1]))
            raise ParameterError(f"{where}: {first['msg']}") from None
