"""A dated copy of the runbooks to work in: `python -m` this module names one.

The runbooks themselves stay as they are: what a person types, sees and saves, and what
falls beside a notebook (ledger, ticket), belongs to one incident.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from streamtriage.languages import LANGUAGES, language_named, language_of
from streamtriage.notebook.paths import runbook_path
from streamtriage.outbox import Outbox

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamtriage.languages import Language

__all__ = ["dated_copy", "main"]


def dated_copy(name: str, out: Path, language: Language = "en") -> Path:
    """Copy all runbooks into a new folder below `out`; return the named one's copy.

    All of them, for they lead to each other, and in this language. Raises
    FileNotFoundError if there is no such runbook.
    """
    source = runbook_path(name)
    stem = f"runbooks-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    for number in range(1, 100):
        folder = out / (stem if number == 1 else f"{stem}-{number}")
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            continue
        if language != "en":
            from streamtriage.notebook.prose import write_in  # noqa: PLC0415 - slow

            write_in(language, folder)
        for path in source.parent.glob("*.ipynb"):
            if not (folder / path.name).exists():
                shutil.copyfile(path, folder / path.name)
        return folder / source.name
    raise FileExistsError(str(out / stem))


def main(arguments: Sequence[str]) -> None:
    """Make a copy and print its path."""
    parser = argparse.ArgumentParser(description=__doc__, prog="notebook.copies")
    parser.add_argument("name", nargs="?", default="triage")
    parser.add_argument("--out", type=Path, default=Path("out"))
    parser.add_argument("--lang", type=language_named, default=language_of(os.environ))
    asked = parser.parse_args(arguments)
    if asked.lang is None:
        parser.error(f"--lang takes one of {', '.join(LANGUAGES)}")
    try:
        Outbox().print(f"{dated_copy(asked.name, asked.out, asked.lang)}\n")
    except OSError as problem:
        raise SystemExit(f"No copy was made: {problem}") from None


if __name__ == "__main__":
    main(sys.argv[1:])
