"""Where the command begins: it hears Ctrl-C before it imports what takes time."""

from __future__ import annotations

import gc
import os
import sys
from typing import TYPE_CHECKING

from streamtriage import __version__
from streamtriage.exit_codes import STOPPED
from streamtriage.stopping import Stopped, hear_for_main, hear_no_more

if TYPE_CHECKING:
    from typer import Typer

__all__ = ["main"]

_NEW_OBJECTS = 100_000


def main() -> None:
    """Run the command line."""
    if sys.argv[1:] == ["--version"]:
        # What a script asks first, and often, needs no command line at all.
        print(__version__)  # noqa: T201
        return
    hear_for_main()
    # What is imported stays: to look through it for what may go, every 700 new objects,
    # takes a tenth of a start.
    gc.set_threshold(_NEW_OBJECTS)
    # Every installed package would be asked for plugins of pydantic; we use none.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    try:
        from streamtriage.cli import run  # noqa: PLC0415 - takes time
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
