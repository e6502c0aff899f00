"""The experiment ledger and the documented fix as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.changes.smallest_rerun import action_words
from streamtriage.languages import translate
from streamtriage.markup.markdown import cells, code, plain, prose, table
from streamtriage.model.message import told
from streamtriage.redaction import inside

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamtriage.changes import Action, Experiment, Ledger
    from streamtriage.changes.credit import Flip
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
        return translate(
            "Nothing fails here, so there is no failing action to run again.\n"
        )
    names = ", ".join(code(probe) for probe in action.probes)
    what = translate(
        "The smallest action that fails: **{says}** ({probes}).",
        says=prose(action_words(action)),
        probes=names or translate("every probe"),
    )
    waits = translate("It waits for {hold_s:g} s.", hold_s=action.hold_s)
    must = translate("What must change is {cause}.", cause=code(action.cause))
    return f"{' '.join((what, *([waits] if action.hold_s else []), must))}\n"


def ledger_markdown(ledger: Ledger) -> str:
    """Render every experiment: before, the one change, after, and what it is worth."""
    ledger = inside(ledger)
    if not ledger.experiments:
        return translate(
            "No experiment yet: change one thing, and run the action again.\n"
        )
    rows = (
        (
            str(each.number),
            _changed(each),
            _state(each, each.before.status(each.action.cause)),
            "; ".join(_state(each, s.status(each.action.cause)) for s in each.after),
            plain(translate(_CREDITS[each.weighed.credit])),
        )
        for each in ledger.experiments
    )
    columns = (
        translate("No."),
        translate("The change"),
        translate("Before"),
        translate("After"),
        translate("What it is worth"),
    )
    last = ledger.experiments[-1]
    worth = told(last.weighed.message, last.weighed.says)
    parts = [
        table(columns, rows),
        f"**{translate('No. {n}.', n=last.number)}** {prose(worth)}\n",
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
        return translate(
            "No change is credited yet, so there is no fix to write down. The ledger "
            "above says what each change still lacks.\n"
        )
    return "\n".join(_record(ledger, fix, report, kept))


def _record(
    ledger: Ledger, fix: Experiment, report: Report, kept: str
) -> Iterator[str]:
    cause, (change,) = fix.action.cause, fix.changes
    now = fix.after[-1]
    title = translate("Fix: {change}", change=prose(told(change.said, change.says)))
    yield f"### {title}\n"
    rows = [
        (translate("Cause"), code(cause)),
        (translate("Evidence before"), prose(_before(fix))),
        (translate("Evidence after"), _after(fix)),
        (translate("The change"), prose(told(change.said, change.says))),
        (translate("How to undo it"), prose(told(change.undone, change.undo))),
        (translate("How it was verified"), prose(_verified(fix))),
        (translate("Everything run again"), prose(_whole(report, fix))),
        (
            translate("Server"),
            plain(_setting(fix, "Server software, as it calls itself")),
        ),
        (translate("Address"), plain(_setting(fix, "Server address"))),
        (translate("Client"), plain(_setting(fix, "Client"))),
        (
            translate("Protocol revision"),
            plain(_setting(fix, "Protocol revision agreed on")),
        ),
        (translate("Tool"), f"streamtriage {plain(now.tool_version)}"),
        (translate("Date"), f"{fix.at:%Y-%m-%d %H:%M} UTC"),
    ]
    if kept:
        kept_as = translate("{file}, to compare with next time", file=code(kept))
        rows.append((translate("Working snapshot"), kept_as))
    yield table((translate("The documented fix"), ""), rows)
    others = [e for e in ledger.in_place if e.number != fix.number]
    if others:
        yield translate(
            "Still in place as far as this ledger knows, and of no shown use:\n"
        )
        changes = [change for each in others for change in each.changes]
        yield "".join(f"- {prose(told(c.undone, c.undo))}\n" for c in changes)


def _before(fix: Experiment) -> str:
    cause = fix.action.cause
    said = fix.before.messages.get(cause)
    return told(said, fix.before.because.get(cause, translate("not kept")))


def _after(fix: Experiment) -> str:
    flips = [f for f in fix.weighed.flips if f.kind == "observation"]
    text = "; ".join(
        f"{translate(flip.what)}: {translate(flip.after)}" for flip in flips[:3]
    )
    gone = translate("{cause} is ruled out.", cause=fix.action.cause)
    return prose(text or gone)


def _verified(fix: Experiment) -> str:
    runs, what = len(fix.after), action_words(fix.action)
    if runs == 1:
        return translate("Ran once after the change: {what}.", what=what)
    return translate("Ran {n} times after the change: {what}.", n=runs, what=what)


def _whole(report: Report, fix: Experiment) -> str:
    """Say whether a whole run confirms it; one from before the change does not."""
    if report.taken_at < fix.at:
        return translate("Not yet since the change; run everything again to be sure.")
    return told(report.verdict.messages.summary, report.verdict.summary)


def _setting(fix: Experiment, name: str) -> str:
    seen = fix.after[-1].settings.get(name) or fix.before.settings.get(name)
    return seen or translate("not known")


def _changed(each: Experiment) -> str:
    said = (prose(told(change.said, change.says)) for change in each.changes)
    return "<br>".join(said) or translate("nothing")


def _state(each: Experiment, status: str) -> str:
    if not each.action.cause:
        return "—"
    return f"{code(each.action.cause)} {plain(translate(str(status)))}"


def _flips(each: Experiment) -> str:
    shown = sorted(each.weighed.flips, key=_kind)[:_FLIPS_SHOWN]
    rows = (
        (translate(flip.what), translate(flip.before), translate(flip.after))
        for flip in shown
    )
    more = len(each.weighed.flips) - len(shown)
    rest = translate("\n{n} more changed as well.\n", n=more) if more > 0 else ""
    columns = (translate("What flipped"), translate("Before"), translate("After"))
    return table(columns, cells(rows)) + rest


def _kind(flip: Flip) -> bool:
    return flip.kind != "cause"
