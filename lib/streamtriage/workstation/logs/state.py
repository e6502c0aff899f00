"""What is kept of one server's log while its lines go by."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING

from streamtriage.model import LogMoment
from streamtriage.redaction import shown_text

if TYPE_CHECKING:
    from streamtriage.model import Flap, LogKind

__all__ = ["MOMENT_LIMIT", "State", "Timeline", "note"]

MOMENT_LIMIT = 200


@dataclass
class Timeline:
    """What happened to one server, summed over the files that were followed."""

    connects: int = 0
    connect_failures: int = 0
    cuts: int = 0
    polite_ends: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    refused_first: Counter[str] = field(default_factory=Counter)
    exhausted: int = 0
    session_expired: int = 0
    session_expired_any_404: int = 0
    closing: Counter[str] = field(default_factory=Counter)
    given_up: int = 0
    wakes: int = 0
    tools_not_connected: int = 0
    unanswered_calls: int = 0
    lives_s: list[float] = field(default_factory=list)
    lives_at: list[float | None] = field(default_factory=list)
    drops_at: list[float] = field(default_factory=list)
    connects_at: list[tuple[float, str]] = field(default_factory=list)
    failures_at: list[tuple[float, str]] = field(default_factory=list)
    actions: Counter[str] = field(default_factory=Counter)
    connects_by: Counter[str] = field(default_factory=Counter)
    failures_by: Counter[str] = field(default_factory=Counter)
    versions: dict[str, None] = field(default_factory=dict)
    version_at: dict[str, float] = field(default_factory=dict)
    moments: list[LogMoment] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    flap: Flap | None = None
    url: str = ""
    first_at: str = ""
    last_at: str = ""

    @property
    def failures(self) -> int:
        return (
            self.cuts
            + self.polite_ends
            + sum(self.refused_first.values())
            + self.connect_failures
        )

    @property
    def marks(self) -> frozenset[float]:
        """Moments, to a tenth of a second, by which two logs of one run are known."""
        told = (*self.connects_at, *self.failures_at)
        times = (*self.drops_at, *(at for at, _ in told))
        return frozenset(round(at, 1) for at in times)

    def add(self, other: Timeline) -> None:
        """Add what another file says of the same server of the same client."""
        for each in fields(self):
            mine, theirs = getattr(self, each.name), getattr(other, each.name)
            if isinstance(mine, Counter):
                mine.update(theirs)
            elif each.name == "version_at":
                for version, at in theirs.items():
                    mine[version] = min(at, mine.get(version, at))
            elif isinstance(mine, dict):
                mine.update(theirs)
            elif isinstance(mine, list):
                mine.extend(theirs)
            elif isinstance(mine, int):
                setattr(self, each.name, mine + theirs)
        if other.flap and (self.flap is None or other.flap.lines > self.flap.lines):
            self.flap = other.flap
        self.url = self.url or other.url
        self.first_at = min(filter(None, (self.first_at, other.first_at)), default="")
        self.last_at = max(self.last_at, other.last_at)
        del self.errors[:-MOMENT_LIMIT]

    def remember(self, text: str) -> None:
        self.errors.append(text[:300])
        del self.errors[:-MOMENT_LIMIT]


@dataclass
class State:
    """Where one connection stands while its lines go by."""

    version: str = ""
    action: str = ""
    after_cut_s: float = 1.0
    stream_began: float | None = None
    asked_again: bool = True
    ended: bool = False
    fell_back: str = ""
    why: str = ""
    last_at: float | None = None
    quiet_s: float = 0.0
    uptime: tuple[float | None, float] | None = None
    series_at: float | None = None
    series_slept: bool = False
    series_network: bool = True
    slept_and_lost: int = 0
    inner: tuple[float | None, str] | None = None
    first_refused_at: float | None = None
    connect_failed_at: float | None = None
    # Of a Python program: whether its GET is open now, and was in this session.
    get_open: bool = False
    was_open: bool = False
    first_refused: bool = False
    stream_lost: bool = False


def note(  # noqa: PLR0913 - the parts of a moment
    state: State,
    stamp: str,
    kind: LogKind,
    detail: str,
    into: Timeline,
    life: float | None = None,
) -> None:
    """Keep one moment with what the state knows of it; only the newest stay."""
    into.moments.append(
        LogMoment(
            at=stamp,
            kind=kind,
            detail=shown_text(detail, 200),
            life_s=None if life is None else round(life, 1),
            action=shown_text(state.action, 80),
            version=state.version,
        )
    )
    if len(into.moments) > 4 * MOMENT_LIMIT:
        into.moments.sort(key=lambda moment: moment.at)
        del into.moments[:-MOMENT_LIMIT]
