"""Where the runbooks lie: in a checkout, or where an installation put them."""

from __future__ import annotations

import sysconfig
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["EXAMPLES", "runbook_path", "runbook_paths"]

_CHECKOUT = Path(__file__).resolve().parents[3] / "runbooks"
# The same runbooks, executed against the lab, for readers; only in a checkout.
EXAMPLES = _CHECKOUT.with_name("examples")
_SHARED = Path("share", "streamtriage", "runbooks")


def runbook_path(name: str = "triage") -> Path:
    """Return the path of a runbook; raises FileNotFoundError if there is none."""
    for folder in _folders():
        path = folder / f"{name}.ipynb"
        if path.is_file():
            return path
    raise FileNotFoundError(f"{name}.ipynb is neither in a checkout nor installed")


def _folders() -> Iterator[Path]:
    yield _CHECKOUT
    # An environment of its own, as pip, pipx and uvx make it, holds them under itself.
    yield Path(sysconfig.get_path("data")) / _SHARED
    # `pip install --user` and `--target` put them elsewhere, and write down where.
    with suppress(PackageNotFoundError):
        for each in distribution("streamtriage").files or ():
            if each.parts[-4:-1] == _SHARED.parts:
                yield Path(str(each.locate())).parent


def runbook_paths() -> list[Path]:
    """Return the paths of all runbooks, in the order of their names."""
    return sorted(runbook_path().parent.glob("*.ipynb"))
