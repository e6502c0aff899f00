"""Commands that take an empty value for what it is: a variable that is not set."""

from __future__ import annotations

from typing import Any

from typer.core import TyperCommand

from streamtriage.commands.github_job import show_problem
from streamtriage.commands.options import usage
from streamtriage.languages import translate

__all__ = ["Strict"]


class Strict(TyperCommand):
    """A command that refuses what is given and empty.

    `--url "$MCP_URL"` with a variable that is not set must not mean what leaving the
    option out means: a gate would then pass on nothing.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401
        """Read what was given; what is wrong with it is shown in a CI job too."""
        try:
            return super().parse_args(ctx, args)
        except Exception as problem:
            # The class has other names in other versions of typer.
            told = getattr(problem, "format_message", None)
            if told is not None:
                show_problem(told())
            raise

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 - typer has no name for its own
        """Run the command, unless something that was given is empty."""
        for each in self.params:
            source = ctx.get_parameter_source(each.name)
            value = ctx.params.get(each.name)
            values = value if isinstance(value, list | tuple) else (value,)
            if source is not None and source.name == "COMMANDLINE" and "" in values:
                label = each.opts[0]
                name = label if label.startswith("-") else label.upper()
                usage(
                    translate(
                        "{name} is empty. Is the variable set that it comes from? "
                        "Give a value, or leave it out.",
                        name=name,
                    )
                )
        return super().invoke(ctx)
