"""The verdict on a terminal: one screen, most important first."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING

from streamtriage.model import LocalEvidence, Status
from streamtriage.redaction import cut
from streamtriage.report.local_facts import short_facts
from streamtriage.report.story import (
    checked,
    fixes,
    groups,
    headline,
    notes,
    predictions,
    unmeasured,
    verdict_rows,
    verify,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamtriage.model import Finding, Outcome, Report

__all__ = ["render_text"]

_COLOURS: dict[Outcome, str] = {
    "healthy": "32",
    "cause-present": "31",
    "not-reproduced": "33",
    "could-not-tell": "33",
    "tool-fault": "35",
}
_LINES_SHOWN = 8


def render_text(report: Report, *, colour: bool = False, width: int = 88) -> str:
    """Render the verdict for a terminal; colour only repeats what the words say."""
    page = _Page(checked(report), colour=colour, width=max(width, 40))
    return "\n".join(page.lines()).rstrip() + "\n"


class _Page:
    """One report laid out in lines of at most `width` characters, pasted text aside."""

    def __init__(self, report: Report, *, colour: bool, width: int) -> None:
        self.report = report
        self.colour = colour
        self.width = width

    def lines(self) -> Iterator[str]:
        yield from self._head()
        yield ""
        yield from self._rows()
        parts = (self._fix, self._present, self._suspected, self._machine, self._gaps)
        for part in parts:
            yield from part()
        yield from self._predicted()

    def _paint(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour else text

    def _wrapped(self, text: str, indent: int = 0, limit: int = 600) -> Iterator[str]:
        margin = " " * indent
        words = " ".join(cut(text, limit).split())
        yield from wrap(
            words,
            self.width,
            initial_indent=margin,
            subsequent_indent=margin,
            break_on_hyphens=False,
        )

    def _titled(self, title: str) -> Iterator[str]:
        yield ""
        yield self._paint(title, "1")

    def _head(self) -> Iterator[str]:
        verdict = self.report.verdict
        word = headline(verdict).upper()
        first, *rest = list(self._wrapped(f"{word}: {verdict.summary}", limit=900))
        painted = self._paint(word, f"1;{_COLOURS[verdict.outcome]}")
        yield first.replace(word, painted, 1)
        yield from rest
        for note in notes(self.report):
            yield from self._wrapped(note)

    def _rows(self) -> Iterator[str]:
        column = 28
        for row in verdict_rows(self.report):
            label = self._paint(f"{row.name:<{column}}", "1")
            first, *rest = [*self._wrapped(row.value, column)] or [""]
            yield label + first[column:]
            yield from rest

    def _fix(self) -> Iterator[str]:
        found = fixes(self.report)
        if not found:
            return
        _, fix = found[0]
        yield from self._titled(f"First fix: {' '.join(cut(fix.where, 200).split())}")
        yield from self._wrapped(fix.what, 2)
        yield from (f"      {line}" for line in cut(fix.paste, 1500).splitlines())
        yield from self._wrapped(f"To verify: {verify(fix)}", 2)
        more = len(found) - 1
        if more:
            yield f"  ({more} more in the full report.)"

    def _present(self) -> Iterator[str]:
        """List the causes whose reason the summary does not hold already."""
        summary = self.report.verdict.summary
        found = self._findings(Status.PRESENT)
        rest = [f for f in found if f.because not in summary]
        if rest:
            yield from self._titled("Present")
        for finding in rest:
            yield from self._wrapped(f"{finding.cause}: {finding.because}", 2)

    def _suspected(self) -> Iterator[str]:
        found = self._findings(Status.SUSPECTED)
        if found:
            yield from self._titled("Suspected, not proven")
        for finding in found:
            yield from self._wrapped(f"{finding.cause}: {finding.because}", 2)
            if finding.settle:
                yield from self._wrapped(f"To settle it: {finding.settle}", 4)

    def _findings(self, status: Status) -> tuple[Finding, ...]:
        return next((g.findings for g in groups(self.report) if g.status is status), ())

    def _machine(self) -> Iterator[str]:
        """Say what the person's machine adds: its failures and its mistakes."""
        seen = [e for e in self.report.evidence if isinstance(e, LocalEvidence)]
        told = [row for each in seen for row in short_facts(each)]
        if told:
            yield from self._titled("On this machine")
        for row in told:
            yield from self._wrapped(f"{row.name}: {row.value}", 2)

    def _gaps(self) -> Iterator[str]:
        gaps = unmeasured(self.report)
        if gaps:
            yield from self._titled("Not known")
        for gap in gaps:
            yield from self._wrapped(gap, 2)

    def _predicted(self) -> Iterator[str]:
        found = predictions(self.report)
        if not found:
            return
        # The client whose lines were pasted says most; else the most common one.
        shown = next((p for p in found if p.reproduced), found[0])
        yield from self._titled(f"What a {shown.client} logs for this")
        for line in shown.lines[:_LINES_SHOWN]:
            yield f"  {cut(line, 300)}"
        if len(shown.lines) > _LINES_SHOWN:
            yield f"  ({len(shown.lines) - _LINES_SHOWN} more lines.)"
