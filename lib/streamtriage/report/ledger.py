"""The experiment ledger and the documented fix as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.redaction import inside
from streamtriage.report.markdown_markup import cells, code, plain, prose, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamtriage.experiments import Action, Experiment, Ledger
    from streamtriage.experiments.weighing import Flip
    from streamtriage.model import Report

__all__ = ["action_markdown", "ledger_markdown", "record_markdown"]

_CREDITS = {
    "credited": "✓ credited",
    "no change": "nothing was changed",
    "two changes": "✗ not credited: two changes at once",
    "not judged": "? not shown: could not be judged",
    "no effect": "✗ no effect",
    "mixed": "? comes and goes",
    "something else changed": "? not credited: something else changed too",
    "an event": "? not shown: it was an event",
    "perhaps chance": "? may be chance: run it again",
}
_FLIPS_SHOWN = 12


def action_markdown(action: Action | None) -> str:
    """Say what the smallest failing action is."""
    if action is None:
        return "Nothing fails here, so there is no failing action to run again.\n"
    names = ", ".join(code(probe) for probe in action.probes) or "every probe"
    waits = f" It waits for {action.hold_s:g} s." if action.hold_s else ""
    return (
        f"The smallest action that fails: **{prose(action.says)}** ({names}).{waits} "
        f"What must change is {code(action.cause)}.\n"
    )


def ledger_markdown(ledger: Ledger) -> str:
    """Render every experiment: before, the one change, after, and what it is worth."""
    ledger = inside(ledger)
    if not ledger.experiments:
        return "No experiment yet: change one thing, and run the action again.\n"
    rows = (
        (
            str(each.number),
            _changed(each),
            _state(each, each.before.status(each.action.cause)),
            "; ".join(_state(each, s.status(each.action.cause)) for s in each.after),
            plain(_CREDITS[each.weighed.credit]),
        )
        for each in ledger.experiments
    )
    columns = ("No.", "The change", "Before", "After", "What it is worth")
    last = ledger.experiments[-1]
    parts = [
        table(columns, rows),
        f"**No. {last.number}.** {prose(last.weighed.says)}\n",
    ]
    if last.weighed.flips:
        parts.append(_flips(last))
    return "\n".join(parts)


def record_markdown(ledger: Ledger, report: Report, kept: str = "") -> str:
    """Render the documented fix, or say what is still missing to call it one.

    `report` is the last run of everything, `kept` where it is saved to compare with.
    """
    ledger, report = inside(ledger), inside(report)
    fix = ledger.fix
    if fix is None:
        return (
            "No change is credited yet, so there is no fix to write down. The ledger "
            "above says what each change still lacks.\n"
        )
    return "\n".join(_record(ledger, fix, report, kept))


def _record(
    ledger: Ledger, fix: Experiment, report: Report, kept: str
) -> Iterator[str]:
    cause, (change,) = fix.action.cause, fix.changes
    now = fix.after[-1]
    yield f"### Fix: {prose(change.says)}\n"
    rows = [
        ("Cause", code(cause)),
        ("Evidence before", prose(fix.before.because.get(cause, "not kept"))),
        ("Evidence after", _after(fix)),
        ("The change", prose(change.says)),
        ("How to undo it", prose(change.undo)),
        ("How it was verified", prose(_verified(fix))),
        ("Everything run again", prose(_whole(report, fix))),
        ("Server", plain(_setting(fix, "Server software, as it calls itself"))),
        ("Address", plain(_setting(fix, "Server address"))),
        ("Client", plain(_setting(fix, "Client"))),
        ("Protocol revision", plain(_setting(fix, "Protocol revision agreed on"))),
        ("Tool", f"streamtriage {plain(now.tool_version)}"),
        ("Date", f"{fix.at:%Y-%m-%d %H:%M} UTC"),
    ]
    if kept:
        rows.append(("Working snapshot", f"{code(kept)}, to compare with next time"))
    yield table(("The documented fix", ""), rows)
    others = [e for e in ledger.in_place if e.number != fix.number]
    if others:
        yield "Still in place as far as this ledger knows, and of no shown use:\n"
        yield "".join(f"- {prose(c.undo)}\n" for e in others for c in e.changes)


def _after(fix: Experiment) -> str:
    told = [f for f in fix.weighed.flips if f.kind == "observation"]
    text = "; ".join(f"{flip.what}: {flip.after}" for flip in told[:3])
    return prose(text or f"{fix.action.cause} is ruled out.")


def _verified(fix: Experiment) -> str:
    runs = len(fix.after)
    times = "once" if runs == 1 else f"{runs} times"
    return f"Ran {times} after the change: {fix.action.says}."


def _whole(report: Report, fix: Experiment) -> str:
    """Say whether a whole run confirms it; one from before the change does not."""
    if report.taken_at < fix.at:
        return "Not yet since the change; run everything again to be sure."
    return report.verdict.summary


def _setting(fix: Experiment, name: str) -> str:
    seen = fix.after[-1].settings.get(name) or fix.before.settings.get(name)
    return seen or "not known"


def _changed(each: Experiment) -> str:
    return "<br>".join(prose(c.says) for c in each.changes) or "nothing"


def _state(each: Experiment, status: str) -> str:
    return f"{code(each.action.cause)} {plain(status)}" if each.action.cause else "—"


def _flips(each: Experiment) -> str:
    shown = sorted(each.weighed.flips, key=_kind)[:_FLIPS_SHOWN]
    rows = ((flip.what, flip.before, flip.after) for flip in shown)
    more = len(each.weighed.flips) - len(shown)
    rest = f"\n{more} more changed as well.\n" if more > 0 else ""
    return table(("What flipped", "Before", "After"), cells(rows)) + rest


def _kind(flip: Flip) -> bool:
    return flip.kind != "cause"
