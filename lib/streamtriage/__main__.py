"""Where the command begins: it hears Ctrl-C before it imports what takes time."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from streamtriage.exit_codes import STOPPED
from streamtriage.stopping import Stopped, hear_for_main, hear_no_more

if TYPE_CHECKING:
    from typer import Typer

__all__ = ["main"]


def main() -> None:
    """Run the command line."""
    hear_for_main()
    try:
        from streamtriage.cli import run  # noqa: PLC0415 - half a second of imports
    except Stopped:
        hear_no_more()
        sys.exit(STOPPED)
    run()


def __getattr__(name: str) -> Typer:
    if name != "app":
        raise AttributeError(name)
    from streamtriage.cli import app  # noqa: PLC0415

    return app


if __name__ == "__main__":
    main()
