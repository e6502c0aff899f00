"""Commands that take an empty value for what it is: a variable that is not set."""

from __future__ import annotations

from typing import Any

import click
from click.core import ParameterSource
from typer.core import TyperCommand

__all__ = ["Strict"]


class Strict(TyperCommand):
    """A command that refuses what is given and empty.

    `--url "$MCP_URL"` with a variable that is not set must not mean what leaving the
    option out means: a gate would then pass on nothing.
    """

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:  # noqa: ANN401
        """Return the context, with every given value checked."""
        ctx = super().make_context(*args, **kwargs)
        for each in self.params:
            if each.name is None:
                continue
            given = ctx.get_parameter_source(each.name) is ParameterSource.COMMANDLINE
            value = ctx.params.get(each.name)
            values = value if isinstance(value, list | tuple) else (value,)
            if given and "" in values:
                label = (
                    each.opts[0]
                    if each.opts[0].startswith("-")
                    else each.human_readable_name
                )
                raise click.UsageError(
                    f"{label} is empty: is the variable set that it comes from? Give a "
                    "value, or leave it out.",
                    ctx,
                )
        return ctx
