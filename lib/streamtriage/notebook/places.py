"""Where the runbooks lie: in a checkout, or where an installation put them."""

from __future__ import annotations

import sysconfig
from pathlib import Path

__all__ = ["EXAMPLES", "runbook_path", "runbook_paths"]

_CHECKOUT = Path(__file__).resolve().parents[3] / "runbooks"
# The same runbooks, executed against the lab, for readers; only in a checkout.
EXAMPLES = _CHECKOUT.with_name("examples")
_INSTALLED = Path(sysconfig.get_path("data")) / "share" / "streamtriage" / "runbooks"


def runbook_path(name: str = "triage") -> Path:
    """Return the path of a runbook; raises FileNotFoundError if there is none."""
    for folder in (_CHECKOUT, _INSTALLED):
        path = folder / f"{name}.ipynb"
        if path.is_file():
            return path
    raise FileNotFoundError(f"{name}.ipynb is neither in a checkout nor installed")


def runbook_paths() -> list[Path]:
    """Return the paths of all runbooks, in the order of their names."""
    return sorted(runbook_path().parent.glob("*.ipynb"))
