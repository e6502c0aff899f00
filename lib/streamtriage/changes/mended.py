"""Whether a fix is shown to have worked: what proved the cause, asked again."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from streamtriage.model import CauseId, Status
from streamtriage.model.message import message_of, say, told

if TYPE_CHECKING:
    from streamtriage.model import Finding, Report
    from streamtriage.model.message import Text

__all__ = ["Checked", "checked_fix"]


class Checked(NamedTuple):
    """What asking again came to; `mended` is None where nothing shows it."""

    mended: bool | None
    says: Text
    tool_fault: bool = False

    @property
    def line(self) -> str:
        """The outcome in a line, with its mark, in the language spoken."""
        marks = {True: "✓", False: "✗", None: "?"}
        return f"{marks[self.mended]} {told(message_of(self.says), str(self.says))}"


def checked_fix(before: Report, after: Report, cause: CauseId) -> Checked:
    """Tell from two reports whether a cause is gone and no other took its place."""
    if after.verdict.outcome == "tool-fault":
        summary = after.verdict.messages.summary or after.verdict.summary
        return Checked(None, summary, tool_fault=True)
    found = _finding(after, cause)
    known = {before.verdict.lead, *before.verdict.also}
    new = [name for name in after.verdict.causes if name not in known]
    if found is None or found.status is Status.UNKNOWN:
        return Checked(None, say("mended.not-shown", cause=cause, why=_why(found)))
    if found.status is not Status.ABSENT:
        return Checked(
            mended=False, says=say("mended.not", cause=cause, why=_why(found))
        )
    if new:
        why = _why(_finding(after, new[0]))
        said = say("mended.another", cause=cause, other=new[0], why=why)
        return Checked(mended=False, says=said)
    return Checked(mended=True, says=say("mended.done", cause=cause, why=_why(found)))


def _why(found: Finding | None) -> Text:
    if found is None:
        return say("mended.not-judged")
    return found.message or found.because


def _finding(report: Report, cause: CauseId) -> Finding | None:
    return next((each for each in report.findings if each.cause == cause), None)
