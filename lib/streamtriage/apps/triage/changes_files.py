"""The ledger as a file beside the notebook: it outlives the kernel."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from pydantic import ValidationError

from streamtriage.apps.triage.parameters import ParameterError
from streamtriage.changes import Ledger
from streamtriage.console import read_bounded
from streamtriage.languages import translate
from streamtriage.letting_in import read_checked
from streamtriage.model import Noun
from streamtriage.model.catalogue import saved_json
from streamtriage.outbox import Outbox
from streamtriage.refusal import why_invalid

if TYPE_CHECKING:
    from streamtriage.model import Report

__all__ = [
    "beside",
    "in_earnest",
    "keep_ledger",
    "keep_working",
    "read_json",
    "read_ledger",
]

M = TypeVar("M", bound=Noun)


def beside(url: str) -> Path:
    """Return where the ledger of a server is kept if nobody says."""
    parts = urlsplit(url)
    host = re.sub(r"[^A-Za-z0-9.-]", "-", parts.netloc.rpartition("@")[2])
    return Path(f"ledger-{host[:80] or 'server'}.json")


def read_ledger(path: Path) -> Ledger:
    """Return the kept ledger, or an empty one; raises ParameterError in words."""
    return read_json("ledger_json", path, Ledger) if path.exists() else Ledger()


def read_json(name: str, path: Path, kind: type[M]) -> M:
    """Read what a parameter names; raises ParameterError in words."""
    try:
        text = read_bounded(str(path))
    except OSError as problem:
        raise ParameterError(
            translate(
                "{name}: {path} cannot be read ({strerror}).",
                name=name,
                path=path,
                strerror=problem.strerror,
            )
        ) from None
    try:
        return read_checked(kind, text)
    except ValidationError as problem:
        raise ParameterError(
            translate(
                "{name}: {path} is no {lower} of this tool: {problem}.",
                name=name,
                path=path,
                lower=kind.__name__.lower(),
                problem=why_invalid(problem),
            )
        ) from None


def in_earnest(name: str, given: Report, url: str) -> None:
    """Refuse the report of a rehearsal beside a run against somebody's server.

    Raises ParameterError, in words.
    """
    if url and given.rehearsal:
        raise ParameterError(
            translate(
                "{name}: that report is of a rehearsal on this tool's own "
                "server, and the run would be against yours. Name one of a "
                "run against your server.",
                name=name,
            )
        )


def keep_ledger(ledger: Ledger, path: Path) -> None:
    """Write the ledger; a kernel that dies while it writes leaves the old one."""
    _write(path, ledger.model_dump_json(indent=2))


def keep_working(report: Report, ledger: Path) -> Path:
    """Write the report of a working server beside its ledger; return where."""
    path = ledger.with_name(f"{ledger.stem}-working.json")
    _write(path, saved_json(report, lines=True))
    return path


def _write(path: Path, text: str) -> None:
    Outbox().file(path, text)
