"""The fault `key-refused-otherwise`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.lab.asgi import answer
from streamtriage.lab.refusing import refuse_if
from streamtriage.lab.scenario import Setup, fault

if TYPE_CHECKING:
    from streamtriage.lab.scenario import Wrap

__all__ = ["key_refused_otherwise"]


@fault
def key_refused_otherwise() -> Setup:
    """A wrong key is answered 400, in words of a database.

    The LiteLLM proxy 1.108.7 without a database.
    """

    def refuse() -> Wrap:
        said = '{"detail":"No connected db."}'
        return refuse_if(
            lambda _: True, lambda _: answer(400, said, "application/json")
        )

    return Setup(wrap=refuse())
