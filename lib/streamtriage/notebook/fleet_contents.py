"""What each pane of the fleet notebook says, as Markdown; foreign text is escaped."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from streamtriage.fleet.answer import SYMBOLS, WORDS, fault_of
from streamtriage.fleet.runs import slow
from streamtriage.report.markdown_markup import (
    code,
    fenced,
    folded,
    plain,
    prose,
    table,
)
from streamtriage.wording import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamtriage.fleet.conduct import Compared
    from streamtriage.fleet.rows import Row
    from streamtriage.fleet.run import FleetProgress
    from streamtriage.fleet.runs import Course, PastRun
    from streamtriage.fleet.targets import Targets
    from streamtriage.model import Outcome
    from streamtriage.notebook.fleet_parameters import FleetParameters

__all__ = ["bar", "comparison", "entered", "grid", "slowest", "trend"]

_MOST_ROWS = 200
_BAR = 20


def entered(given: FleetParameters, targets: Targets | None) -> str:
    """Show what is asked, from where, and which rows were left out."""
    count = len(targets.good) if targets else "those of the rehearsal"
    rows = (
        ("Targets", str(count)),
        ("Dask scheduler", given.scheduler or "one of its own, on this machine"),
        ("Vantage points", ", ".join(given.vantages) or "all that have workers"),
        ("Seconds to watch a silent stream", f"{given.hold_s:g}"),
        ("Triages at once in a worker, and of a host", _at_once(given)),
    )
    text = table(("What was entered", "Value"), ([k, plain(v)] for k, v in rows))
    bad = targets.bad if targets else ()
    left = "".join(f"- {plain(str(each))}\n" for each in bad[:_MOST_ROWS])
    return text + (f"\nLeft out:\n\n{left}" if left else "")


def _at_once(given: FleetParameters) -> str:
    return f"{given.per_worker}, {given.per_host}"


def bar(now: FleetProgress | None, dashboard: str, *, over: bool) -> str:
    """Show how far the run is; a rehearsal's numbers are the same each time."""
    if now is None:
        return "Starting the workers.\n"
    full = now.done * _BAR // max(now.total, 1)
    text = f"`{'█' * full}{'░' * (_BAR - full)}` {now.done} of {now.total} done\n"
    if over:
        return f"{text}\nDask's own dashboard went away with the run.\n"
    if dashboard:
        text += f"\nDask's own dashboard: <{dashboard}>\n"
    hosts = "".join(f"- {plain(host)}\n" for host in now.waiting)
    return text + (f"\nLeft alone for now, as they asked:\n\n{hosts}" if hosts else "")


def grid(rows: Sequence[Row]) -> str:
    """Show every target from every vantage point; the worst first."""
    vantages = sorted({row.vantage for row in rows})
    by_key = {row.key: row for row in rows}
    names = sorted({row.name for row in rows}, key=lambda name: _rank(name, rows))
    lines = [
        [plain(name), *(_cell(by_key.get((name, place))) for place in vantages)]
        for name in names[:_MOST_ROWS]
    ]
    text = table(("Target", *map(plain, vantages)), lines)
    if len(names) > _MOST_ROWS:
        text += f"\nand {len(names) - _MOST_ROWS} more, all in `fleet.parquet`.\n"
    return f"{_counted(rows)}\n\n{text}"


def _counted(rows: Sequence[Row]) -> str:
    counts = Counter(row.outcome for row in rows)
    said = (f"{SYMBOLS[o]} {counts[o]} {w}" for o, w in WORDS.items() if counts[o])
    return f"**{'; '.join(said)}.**"


def _rank(name: str, rows: Sequence[Row]) -> tuple[int, str]:
    order: tuple[Outcome, ...] = (
        "tool-fault",
        "cause-present",
        "could-not-tell",
        "not-reproduced",
        "healthy",
    )
    return min(order.index(row.outcome) for row in rows if row.name == name), name


def _cell(row: Row | None) -> str:
    if row is None:
        return "— not asked"
    return f"{SYMBOLS[row.outcome]} {plain(fault_of(row))}"


def comparison(found: Sequence[Compared]) -> str:
    """Show what only several vantage points together can tell."""
    if not found:
        return (
            "Each target was asked from one vantage point only, so nothing can be "
            "compared: what differs by place is **unknown**.\n"
        )
    leading = [(each.target, f) for each in found for f in each.leading]
    if not leading:
        return "No target shows a difference that one of the vantage points explains.\n"
    lines = (
        [plain(target), code(f.cause), str(f.status), prose(f.because), f.owner]
        for target, f in leading[:_MOST_ROWS]
    )
    text = table(("Target", "Cause", "Status", "What was seen", "Whose"), lines)
    fixes = {f.cause: f for _, f in leading}
    parts = (
        f"{prose(fix.what)} ({plain(fix.where)})\n\n{fenced(fix.paste)}"
        for finding in fixes.values()
        for fix in finding.fixes
    )
    return f"{text}\n{folded('What to change', chr(10).join(parts))}"


def slowest(rows: Sequence[Row], over_s: float) -> str:
    """Show whose first answer takes long."""
    late = slow(rows, over_s)
    if not late:
        return f"Nobody took more than {over_s:g} seconds for the first answer.\n"
    lines = (
        [plain(row.name), plain(row.vantage), f"{row.answer_s:.1f} s"]
        for row in late[:20]
    )
    return table(("Target", "From", "First answer after"), lines)


def trend(runs: Sequence[PastRun], found: Sequence[Course]) -> str:
    """Show each target's verdicts over the runs, the flakiest first."""
    if len(runs) < 2:
        return (
            "There is only this run. Name the folders of others in `earlier_runs` to "
            "see what changed, and what comes and goes.\n"
        )
    days = [f"{run.started_at:%Y-%m-%d %H:%M}" for run in runs]
    lines = [
        [
            plain(f"{each.name} from {each.vantage}"),
            *(SYMBOLS[row.outcome] if row else "—" for row in each.rows),
            "never" if not each.changes else str(counted(each.changes, "time")),
        ]
        for each in found[:_MOST_ROWS]
    ]
    legend = ", ".join(
        f"{SYMBOLS[outcome]} {words}" for outcome, words in WORDS.items()
    )
    return f"{table(('Target', *days, 'Changed'), lines)}\n{legend}, — not asked.\n"


def why(rows: Sequence[Row], code: int) -> str:
    """Say in one sentence why a build stops."""
    if not rows:
        said = "nobody was asked"
    else:
        counts = Counter(row.outcome for row in rows)
        said = ", ".join(
            f"{counted(counts[outcome], 'row')}: {words}"
            for outcome, words in WORDS.items()
            if counts[outcome]
        )
    return f"{said} (exit code {code} on the command line)"


def result(rows: Sequence[Row], code: int) -> str:
    """Show what the run comes to."""
    return f"**{plain(why(rows, code))}**\n"
