"""What a terminal is told besides text, and how wide it is."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["columns", "may_escape"]


def may_escape(stream: TextIO | None, environ: Mapping[str, str] | None = None) -> bool:
    """Tell whether colours and lines that are rewritten are welcome on a stream.

    Not where it is no terminal, where that knows none (`TERM=dumb`), or where the
    person wants none (`NO_COLOR`, https://no-color.org).
    """
    env = os.environ if environ is None else environ
    wanted = not env.get("NO_COLOR") and env.get("TERM") != "dumb"
    return wanted and stream is not None and stream.isatty()


def columns() -> int:
    """Return how wide the terminal is; 80 where nobody knows."""
    return shutil.get_terminal_size((80, 24)).columns
