"""What must be named where nobody looks on: the subject, or that it is a rehearsal."""

from __future__ import annotations

import difflib
import os
from typing import TYPE_CHECKING

from streamtriage.apps.triage.parameters import ParameterError
from streamtriage.languages import translate
from streamtriage.notebook.frontend import somebody_looks_on
from streamtriage.notebook.injected import injected_names

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streamtriage.apps.triage.parameters import RunbookParameters

__all__ = [
    "REHEARSE",
    "check_injected",
    "may_rehearse",
    "rehearsal_asked",
    "unnamed",
]

# Set to "yes" before the kernel starts, runbooks that name nothing rehearse: for those
# that execute the committed runbooks as they are, such as nbval.
REHEARSE = "STREAMTRIAGE_REHEARSE"


def rehearsal_asked(environ: Mapping[str, str] | None = None) -> bool:
    """Tell whether the environment asks for a rehearsal by name."""
    env = os.environ if environ is None else environ
    return env.get(REHEARSE, "").lower() in ("yes", "1", "true", "on")


def may_rehearse(environ: Mapping[str, str] | None = None) -> bool:
    """Tell whether naming nothing may mean a rehearsal: somebody sees that it does."""
    return rehearsal_asked(environ) or somebody_looks_on(environ)


def unnamed(parameter: str, example: str, rehearsal: str) -> ParameterError:
    """Return the refusal of a run that nobody watches and that names nothing.

    An empty value is most often a variable that is not set, and a rehearsal in its
    place would be taken for an answer.
    """
    return ParameterError(
        translate(
            "{parameter}: it is empty, and nobody looks on who could "
            "fill it in. Is the variable set that it comes from? Give "
            "{parameter} = {example}, or ask for a rehearsal by its "
            "name: {rehearsal}.",
            parameter=parameter,
            example=example,
            rehearsal=rehearsal,
        )
    )


def check_injected(kind: type[RunbookParameters]) -> None:
    """Refuse what papermill was given and the runbook does not have.

    papermill only warns of it, and then the runbook runs with what stands in it. Raises
    ParameterError.
    """
    known = kind.names()
    for name in injected_names():
        if name in known or name in kind.UNASKED:
            continue
        near = difflib.get_close_matches(name.lower(), sorted(known), 1)
        meant = f" Did you mean {near[0]}?" if near else ""
        raise ParameterError(
            translate(
                "{name}: this runbook has no such parameter.{meant} It has: {known}.",
                name=name,
                meant=meant,
                known=", ".join(known),
            )
        )
