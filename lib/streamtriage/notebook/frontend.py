"""Whether somebody looks on, who can fill a form in and press Run."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from IPython.core.getipython import get_ipython

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["hides_copies", "notebook_file", "somebody_looks_on"]


def somebody_looks_on(environ: Mapping[str, str] | None = None) -> bool:
    """Tell whether this kernel was started by a frontend that shows widgets.

    Jupyter Server names the session in the kernel's environment; Voilà, VS Code and
    Colab leave marks of their own. papermill, nbclient and nbval do none of this.
    """
    env = os.environ if environ is None else environ
    shell = get_ipython()
    names = getattr(shell, "user_ns", {})
    return (
        bool(env.get("JPY_SESSION_NAME"))
        or env.get("SERVER_SOFTWARE", "").startswith("voila")
        or "__vsc_ipynb_file__" in names
        or "google.colab" in sys.modules
    )


def hides_copies() -> bool:
    """Tell whether a rule of style in one output can hide the one after it.

    Colab keeps the outputs of each cell in a frame of its own making, whose elements
    are not documented.
    """
    return "google.colab" not in sys.modules


def notebook_file(environ: Mapping[str, str] | None = None) -> Path | None:
    """Return where the notebook of this kernel lies, if the frontend says so."""
    env = os.environ if environ is None else environ
    names = getattr(get_ipython(), "user_ns", {})
    told = env.get("JPY_SESSION_NAME") or names.get("__vsc_ipynb_file__")
    path = Path(told) if told else None
    return path if path is not None and path.is_file() else None
