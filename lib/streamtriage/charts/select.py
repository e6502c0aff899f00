"""Which pictures belong to which part of a report."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from streamtriage.charts.attempts import Lane, reopen_attempts
from streamtriage.charts.drops import drops_per_hour
from streamtriage.charts.grid import replica_grid
from streamtriage.charts.lifetimes import Life, stream_lives
from streamtriage.charts.path import path_map
from streamtriage.charts.uptimes import uptime_histogram
from streamtriage.knowledge.limits import limits
from streamtriage.languages import translate
from streamtriage.letting_in import checked
from streamtriage.model import (
    FingerprintEvidence,
    HandshakeEvidence,
    HoldEvidence,
    LifetimeEvidence,
    ListenEvidence,
    LocalEvidence,
    ProxyEvidence,
    ReachEvidence,
    ReopenEvidence,
    ReplicasEvidence,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from streamtriage.charts.svg import Picture
    from streamtriage.model import Evidence, Report, ServerLog

__all__ = ["log_pictures", "probe_pictures", "redacted_pictures", "verdict_pictures"]

# Fewer ends say nothing that a table of them would not say better.
_ENDS_WORTH_DRAWING = 5
_LOGS_DRAWN = 3
_OF_THE_WAY = (FingerprintEvidence, HandshakeEvidence, ProxyEvidence, ReachEvidence)
# The probes whose evidence is drawn, and which others each drawing takes in.
_DRAWN: dict[str, tuple[str, ...]] = {
    "hold": ("lifetime",),
    "listen": (),
    "reopen": ("hold",),
    "replicas": (),
    "local": (),
}


def verdict_pictures(report: Report) -> tuple[Picture, ...]:
    """Draw what belongs beside the verdict; empty where nothing was measured."""
    report = checked(report)
    way = tuple(seen for seen in report.evidence if isinstance(seen, _OF_THE_WAY))
    drawn = path_map(report.model_copy(update={"evidence": way}))
    return (drawn,) if drawn else ()


def probe_pictures(report: Report, probe: str) -> tuple[Picture, ...]:
    """Draw what one probe saw; empty where that is not better seen than read."""
    if probe not in _DRAWN:
        return ()
    needed = (probe, *_DRAWN[probe])
    found = checked(report).evidence
    seen = tuple(each for each in found if each.probe in needed)
    return redacted_pictures(seen, probe)


def redacted_pictures(evidence: Sequence[Evidence], probe: str) -> tuple[Picture, ...]:
    """Draw what one probe saw, from evidence that has been redacted already."""
    found = (
        drawn
        for seen in evidence
        if seen.probe == probe
        for drawn in _drawn(evidence, seen)
    )
    return tuple(each for each in found if each is not None)


def log_pictures(log: ServerLog) -> tuple[Picture, ...]:
    """Draw the ends of streams in one client's log: their ages, and their hours."""
    drawn = []
    if len(log.lives_s) >= _ENDS_WORTH_DRAWING:
        known = [row for row in limits() if row.kind in ("idle", "total")]
        title = translate(
            "How long streams lived before they dropped: {server}", server=log.server
        )
        drawn.append(uptime_histogram(log.lives_s, known, title))
    times = [at for at in _drops(log) if at is not None]
    if len(times) >= _ENDS_WORTH_DRAWING:
        drawn.append(drops_per_hour(times))
    return tuple(each for each in drawn if each is not None)


def _drops(log: ServerLog) -> Iterator[datetime | None]:
    for moment in log.moments:
        if moment.kind in ("cut", "flap"):
            try:
                yield datetime.fromisoformat(moment.at)
            except ValueError:
                yield None


def _drawn(evidence: Sequence[Evidence], seen: Evidence) -> Iterator[Picture | None]:
    if isinstance(seen, HoldEvidence):
        yield stream_lives([*_watched(seen), *_noisy(evidence)])
    elif isinstance(seen, ListenEvidence):
        yield stream_lives([Life(each, seen.timeline) for each in seen.streams])
    elif isinstance(seen, ReopenEvidence):
        yield reopen_attempts([*_reopened(evidence, seen)])
    elif isinstance(seen, ReplicasEvidence):
        yield replica_grid(seen)
    elif isinstance(seen, LocalEvidence):
        for log in seen.logs[:_LOGS_DRAWN]:
            yield from log_pictures(log)


def _watched(seen: HoldEvidence) -> Iterator[Life]:
    for watch in seen.watches:
        yield Life(watch.stream, seen.timeline)


def _noisy(evidence: Sequence[Evidence]) -> Iterator[Life]:
    for seen in evidence:
        if isinstance(seen, LifetimeEvidence) and seen.noisy is not None:
            yield Life(seen.noisy, seen.timeline)


def _reopened(evidence: Sequence[Evidence], seen: ReopenEvidence) -> Iterator[Lane]:
    if seen.after_close is not None:
        yield Lane(translate("We had closed it (FIN)"), seen.after_close)
    if seen.after_vanish is not None:
        yield Lane(translate("We had vanished (RST)"), seen.after_vanish)
    for each in evidence:
        if isinstance(each, HoldEvidence):
            for number, watch in enumerate(each.watches, 1):
                if watch.reopening is not None:
                    name = translate(
                        "It ended by itself (watch {number})", number=number
                    )
                    yield Lane(name, watch.reopening)
