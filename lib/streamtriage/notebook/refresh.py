"""Executes the committed runbooks again on the fault lab: `python -m` this module."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbclient import NotebookClient

from streamtriage.notebook import saved
from streamtriage.notebook.named import REHEARSE
from streamtriage.notebook.places import runbook_paths

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main", "refreshed"]

_TIMEOUT_S = 180


def refreshed(path: Path) -> Any:  # noqa: ANN401 - nbformat has no types
    """Return the notebook, executed with the parameters that it has, and tidied."""
    notebook = saved.read(path)
    # What this machine trusts, or who started it, is no business of the runbook's.
    os.environ.pop("NODE_EXTRA_CA_CERTS", None)
    os.environ.pop("JPY_SESSION_NAME", None)
    os.environ[REHEARSE] = "yes"
    NotebookClient(notebook, timeout=_TIMEOUT_S, kernel_name="python3").execute()
    return saved.tidied(notebook)


def main(arguments: Sequence[str]) -> None:
    """Refresh the named notebooks, or every runbook."""
    for path in [Path(name) for name in arguments] or runbook_paths():
        saved.write(refreshed(path), path)
        sys.stdout.write(f"Executed again: {path.name}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
