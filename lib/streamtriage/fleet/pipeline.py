"""A whole run, from the list of targets to the folder with everything in it."""

from __future__ import annotations

import contextlib
import errno
import json
import os
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from streamtriage import __version__
from streamtriage.fleet.causes import compare_views
from streamtriage.fleet.cluster import Place, check_labels, embedded, joined
from streamtriage.fleet.journal import JOURNAL, Store, read_report
from streamtriage.fleet.run import Limits, run_fleet
from streamtriage.fleet.vantage_reports import View, Views
from streamtriage.languages import speaking, spoken, translate
from streamtriage.model import Finding, Noun, Status
from streamtriage.phrases import count
from streamtriage.refusal import InWordsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from contextlib import AbstractAsyncContextManager

    from distributed import Client

    from streamtriage.fleet.row import Row
    from streamtriage.fleet.run import FleetProgress
    from streamtriage.fleet.targets import Targets
    from streamtriage.languages import Language

__all__ = [
    "COMPARISON",
    "MANIFEST",
    "Compared",
    "Manifest",
    "OccupiedError",
    "Wanted",
    "compared",
    "conduct",
    "new_folder",
    "read_manifest",
]

MANIFEST = "fleet.json"
COMPARISON = "comparison.json"


class OccupiedError(InWordsError, RuntimeError):
    """The folder holds a run already, and nobody said to go on with it."""


@dataclass(frozen=True)
class Wanted:
    """What a run is to do, and where to keep what comes of it.

    With no `scheduler` a cluster of our own stands in, one process for each of
    `places`.
    """

    targets: Targets
    out: Path
    scheduler: str = ""
    vantages: Sequence[str] = ()
    resume: bool = False
    limits: Limits = field(default_factory=Limits)
    places: Sequence[Place] = (Place(),)


class Manifest(Noun):
    """What a run's folder says of the run as a whole."""

    tool: str = __version__
    started_at: datetime
    ended_at: datetime | None = None
    complete: bool = False
    hold_s: float
    targets: int
    vantages: tuple[str, ...] = ()
    bad_rows: tuple[str, ...] = ()


class Compared(Noun):
    """One target judged across its vantage points."""

    target: str
    findings: tuple[Finding, ...]

    @property
    def leading(self) -> tuple[Finding, ...]:
        """What is present, or else what is suspected."""
        for status in (Status.PRESENT, Status.SUSPECTED):
            found = tuple(each for each in self.findings if each.status is status)
            if found:
                return found
        return ()


def new_folder(parent: Path = Path("out")) -> Path:
    """Make a folder that no other run has, named by the time in UTC."""
    parent.mkdir(parents=True, exist_ok=True)
    stem = f"fleet-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    for name in (stem, *(f"{stem}-{n}" for n in range(2, 100))):
        with contextlib.suppress(FileExistsError):
            (parent / name).mkdir()
            return parent / name
    raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(parent / stem))


async def conduct(
    wanted: Wanted,
    *,
    tell: Callable[[FleetProgress], None] | None = None,
    at_dashboard: Callable[[str], None] | None = None,
    at_resume: Callable[[str], None] | None = None,
) -> tuple[Row, ...]:
    """Run it and return every row; see `run_fleet` for what is raised.

    `at_dashboard` is told the address of Dask's own dashboard, `at_resume` in words
    what a run that did not come to its end has left behind.
    """
    _check(wanted)
    before = read_manifest(wanted.out)
    async with _cluster(wanted) as client:
        if at_dashboard is not None:
            at_dashboard(client.dashboard_link or "")
        with Store(wanted.out) as store:
            if before is not None and not before.complete:
                said = _left_behind(store)
                if at_resume is not None:
                    at_resume(said)
            manifest = Manifest(
                started_at=datetime.now(UTC),
                hold_s=wanted.limits.hold_s,
                targets=len(wanted.targets.good),
                vantages=tuple(wanted.vantages),
                bad_rows=tuple(map(str, wanted.targets.bad)),
            )
            store.write(MANIFEST, manifest.model_dump_json(indent=2))
            await run_fleet(
                client,
                wanted.targets.good,
                store,
                chosen=wanted.vantages,
                limits=wanted.limits,
                tell=tell,
            )
            rows = tuple(store.rows.values())
            # What is kept is English.
            with speaking("en"):
                found = compared(wanted.out, rows)
            store.write(COMPARISON, _json(found))
            ended = {
                "ended_at": datetime.now(UTC),
                "complete": True,
                "vantages": tuple(sorted({row.vantage for row in rows})),
            }
            done = manifest.model_copy(update=ended)
            store.write(MANIFEST, done.model_dump_json(indent=2))
    return rows


def read_manifest(folder: Path) -> Manifest | None:
    """Return what a folder says of its run; None where there is no run."""
    try:
        return Manifest.model_validate_json((folder / MANIFEST).read_bytes())
    except (OSError, ValidationError):
        return None


def compared(folder: Path, rows: Iterable[Row]) -> tuple[Compared, ...]:
    """Judge every target that was asked from more than one vantage point.

    However many want to show it, the reports of a run are read and judged once, and
    once more where another language than the one that is kept is spoken.
    """
    by_target: dict[str, list[Row]] = {}
    for row in rows:
        by_target.setdefault(row.name, []).append(row)
    several = (
        (name, tuple(seen)) for name, seen in sorted(by_target.items()) if len(seen) > 1
    )
    return _judged(folder, tuple(several), spoken())


# Two: in the language that is kept, and in the one that is spoken. A row that was asked
# again is another one, so what is remembered is of the reports that these rows have.
@lru_cache(maxsize=2)
def _judged(
    folder: Path, several: tuple[tuple[str, tuple[Row, ...]], ...], language: Language
) -> tuple[Compared, ...]:
    with speaking(language):
        return tuple(
            Compared(target=name, findings=compare_views(_views(folder, name, seen)))
            for name, seen in several
        )


def _views(folder: Path, name: str, rows: Iterable[Row]) -> Views:
    ordered = sorted(rows, key=lambda row: row.vantage)
    seen = ((row, read_report(folder, row, as_written=True)) for row in ordered)
    return Views(name, tuple(View(row.vantage, row, report) for row, report in seen))


def _left_behind(store: Store) -> str:
    """Say what is kept of a run that was killed; what it lost is asked again."""
    torn = store.forget_torn()
    kept = count(len(store.rows), "row")
    said = [
        f"The run before did not come to its end. Kept of it: {kept}.",
        "The rest is asked, with what was answered in its last moment and not written.",
    ]
    if store.half_line:
        said.append("Its last row was half written, and is dropped.")
    if torn:
        said.append(
            f"Not written to the end, as after a power cut: {count(torn, 'report')}. "
            "What they are of is asked again."
        )
    return " ".join(said)


def _check(wanted: Wanted) -> None:
    if (wanted.out / JOURNAL).exists() and not wanted.resume:
        raise OccupiedError(
            translate(
                "{out} holds a run already. Give --resume to go on with "
                "it, or another folder with --out.",
                out=wanted.out,
            )
        )
    if not wanted.scheduler:
        check_labels(wanted.vantages, {place.label for place in wanted.places})


def _cluster(wanted: Wanted) -> AbstractAsyncContextManager[Client]:
    limits = wanted.limits
    if wanted.scheduler:
        return joined(wanted.scheduler, patience_s=limits.patience_s)
    return embedded(wanted.places, at_once=limits.at_once)


def _json(found: Sequence[Compared]) -> str:
    return json.dumps([each.model_dump(mode="json") for each in found], indent=2)
