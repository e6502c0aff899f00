"""What each pane of the fleet notebook says, as Markdown; foreign text is escaped."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from streamtriage.fleet.answer import SYMBOLS, WORDS, fault_of, words
from streamtriage.fleet.runs import slow
from streamtriage.languages import translate
from streamtriage.markup.markdown import (
    code,
    fenced,
    folded,
    plain,
    prose,
    table,
)
from streamtriage.model.message import told
from streamtriage.phrases import count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamtriage.apps.fleet.parameters import FleetParameters
    from streamtriage.fleet.pipeline import Compared
    from streamtriage.fleet.row import Row
    from streamtriage.fleet.run import FleetProgress
    from streamtriage.fleet.runs import Course, PastRun
    from streamtriage.fleet.targets import Targets
    from streamtriage.model import Outcome

__all__ = ["bar", "comparison", "entered", "grid", "slowest", "trend"]

_MOST_ROWS = 200
_BAR = 20


def entered(given: FleetParameters, targets: Targets | None) -> str:
    """Show what is asked, from where, and which rows were left out."""
    asked = len(targets.good) if targets else translate("those of the rehearsal")
    rows = (
        (translate("Targets"), str(asked)),
        (
            translate("Dask scheduler"),
            given.scheduler or translate("one of its own, on this machine"),
        ),
        (
            translate("Vantage points"),
            ", ".join(given.vantages) or translate("all that have workers"),
        ),
        (translate("Seconds to watch a silent stream"), f"{given.hold_s:g}"),
        (translate("Triages at once in a worker, and of a host"), _at_once(given)),
    )
    text = table(
        (translate("What was entered"), translate("Value")),
        ([k, plain(v)] for k, v in rows),
    )
    bad = targets.bad if targets else ()
    left = "".join(f"- {plain(str(each))}\n" for each in bad[:_MOST_ROWS])
    return text + (f"\n{translate('Left out:')}\n\n{left}" if left else "")


def _at_once(given: FleetParameters) -> str:
    return f"{given.per_worker}, {given.per_host}"


def bar(now: FleetProgress | None, dashboard: str, *, over: bool) -> str:
    """Show how far the run is; a rehearsal's numbers are the same each time."""
    if now is None:
        return translate("Starting the workers.\n")
    full = now.done * _BAR // max(now.total, 1)
    drawn = f"`{'█' * full}{'░' * (_BAR - full)}`"
    done = translate("{done} of {total} done", done=now.done, total=now.total)
    text = f"{drawn} {done}\n"
    if over:
        gone = translate("Dask's own dashboard went away with the run.\n")
        return f"{text}\n{gone}"
    if dashboard:
        text += "\n"
        text += translate("Dask's own dashboard: <{link}>\n", link=dashboard)
    hosts = "".join(f"- {plain(host)}\n" for host in now.waiting)
    alone = translate("Left alone for now, as they asked:")
    return text + (f"\n{alone}\n\n{hosts}" if hosts else "")


def grid(rows: Sequence[Row]) -> str:
    """Show every target from every vantage point; the worst first."""
    vantages = sorted({row.vantage for row in rows})
    by_key = {row.key: row for row in rows}
    names = sorted({row.name for row in rows}, key=lambda name: _rank(name, rows))
    lines = [
        [plain(name), *(_cell(by_key.get((name, place))) for place in vantages)]
        for name in names[:_MOST_ROWS]
    ]
    text = table((translate("Target"), *map(plain, vantages)), lines)
    if len(names) > _MOST_ROWS:
        text += translate(
            "\nand {n} more, all in `fleet.parquet`.\n", n=len(names) - _MOST_ROWS
        )
    return f"{_counted(rows)}\n\n{text}"


def _counted(rows: Sequence[Row]) -> str:
    counts = Counter(row.outcome for row in rows)
    said = (f"{SYMBOLS[o]} {counts[o]} {words(o)}" for o in WORDS if counts[o])
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
        return translate("— not asked")
    return f"{SYMBOLS[row.outcome]} {plain(fault_of(row))}"


def comparison(found: Sequence[Compared]) -> str:
    """Show what only several vantage points together can tell."""
    if not found:
        return translate(
            "Each target was asked from one vantage point only, so "
            "nothing can be compared: what differs by place is "
            "**unknown**.\n"
        )
    leading = [(each.target, f) for each in found for f in each.leading]
    if not leading:
        return translate(
            "No target shows a difference that one of the vantage points explains.\n"
        )
    lines = (
        [
            plain(target),
            code(f.cause),
            translate(str(f.status)),
            prose(told(f.message, f.because)),
            translate(f.owner),
        ]
        for target, f in leading[:_MOST_ROWS]
    )
    text = table(
        (
            translate("Target"),
            translate("Cause"),
            translate("Status"),
            translate("What was seen"),
            translate("Whose"),
        ),
        lines,
    )
    fixes = {f.cause: f for _, f in leading}
    parts = (
        f"{prose(translate(fix.what))} ({plain(translate(fix.where))})\n\n"
        f"{fenced(fix.paste)}"
        for finding in fixes.values()
        for fix in finding.fixes
    )
    return f"{text}\n{folded(translate('What to change'), chr(10).join(parts))}"


def slowest(rows: Sequence[Row], over_s: float) -> str:
    """Show whose first answer takes long."""
    late = slow(rows, over_s)
    if not late:
        return translate(
            "Nobody took more than {over_s:g} seconds for the first answer.\n",
            over_s=over_s,
        )
    lines = (
        [plain(row.name), plain(row.vantage), f"{row.answer_s:.1f} s"]
        for row in late[:20]
    )
    return table(
        (translate("Target"), translate("From"), translate("First answer after")), lines
    )


def trend(runs: Sequence[PastRun], found: Sequence[Course]) -> str:
    """Show each target's verdicts over the runs, the flakiest first."""
    if len(runs) < 2:
        return translate(
            "There is only this run. Name the folders of others in "
            "`earlier_runs` to see what changed, and what comes and "
            "goes.\n"
        )
    days = [f"{run.started_at:%Y-%m-%d %H:%M}" for run in runs]
    lines = [
        [
            plain(
                translate("{name} from {vantage}", name=each.name, vantage=each.vantage)
            ),
            *(SYMBOLS[row.outcome] if row else "—" for row in each.rows),
            count(each.changes, "time") if each.changes else translate("never"),
        ]
        for each in found[:_MOST_ROWS]
    ]
    legend = ", ".join(f"{SYMBOLS[outcome]} {words(outcome)}" for outcome in WORDS)
    columns = (translate("Target"), *days, translate("Changed"))
    return f"{table(columns, lines)}\n{legend}, {translate('— not asked')}\n"


def why(rows: Sequence[Row], code: int) -> str:
    """Say in one sentence why a build stops."""
    if not rows:
        said = translate("nobody was asked")
    else:
        counts = Counter(row.outcome for row in rows)
        said = ", ".join(
            f"{count(counts[outcome], 'row')}: {words(outcome)}"
            for outcome in WORDS
            if counts[outcome]
        )
    return translate(
        "{said} (exit code {code} on the command line)", said=said, code=code
    )


def result(rows: Sequence[Row], code: int) -> str:
    """Show what the run comes to."""
    return f"**{plain(why(rows, code))}**\n"
