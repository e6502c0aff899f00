"""Whether a fix is shown to have worked: what proved the cause, asked again."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from streamtriage.model import CauseId, Status

if TYPE_CHECKING:
    from streamtriage.model import Finding, Report

__all__ = ["Checked", "checked_fix"]


class Checked(NamedTuple):
    """What asking again came to; `mended` is None where nothing shows it."""

    mended: bool | None
    says: str
    tool_fault: bool = False

    @property
    def line(self) -> str:
        """The outcome in a line, with its mark."""
        marks = {True: "✓", False: "✗", None: "?"}
        return f"{marks[self.mended]} {self.says}"


def checked_fix(before: Report, after: Report, cause: CauseId) -> Checked:
    """Tell from two reports whether a cause is gone and no other took its place."""
    if after.verdict.outcome == "tool-fault":
        return Checked(None, after.verdict.summary, tool_fault=True)
    found = _finding(after, cause)
    known = {before.verdict.lead, *before.verdict.also}
    new = [name for name in after.verdict.causes if name not in known]
    if found is None or found.status is Status.UNKNOWN:
        because = found.because if found is not None else "It was not judged."
        return Checked(None, f"Not shown to be mended: {cause}. {because}")
    if found.status is not Status.ABSENT:
        return Checked(mended=False, says=f"Still there: {cause}. {found.because}")
    if new:
        other = _finding(after, new[0])
        because = other.because if other is not None else ""
        said = f"{cause} is gone, and {new[0]} came up. {because}"
        return Checked(mended=False, says=said)
    return Checked(mended=True, says=f"Mended: {cause}. {found.because}")


def _finding(report: Report, cause: CauseId) -> Finding | None:
    return next((each for each in report.findings if each.cause == cause), None)
