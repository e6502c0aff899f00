"""What whoever runs the server has to know: what to change, and how to see it fixed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.model import Status
from streamtriage.redaction import HIDDEN
from streamtriage.report.curl import URL_VARIABLE, curl
from streamtriage.report.markdown_markup import code, fenced, folded, plain, prose
from streamtriage.report.story import checked, command, fixes, verify
from streamtriage.report.wording import count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamtriage.model import Finding, Fix, Report

__all__ = ["operator_markdown"]

_OTHERS_SHOWN = 5


def operator_markdown(report: Report) -> str:
    """Render the part for the operator: the change, and the commands that prove it."""
    return "\n".join(_parts(checked(report)))


def _parts(report: Report) -> Iterator[str]:
    found = fixes(report)
    owner = report.verdict.owner
    whom = f", for whoever runs the {owner}" if owner and found else ""
    yield f"### What to change{whom}\n"
    if found:
        (finding, fix), *others = found
        yield _fix(finding, fix)
        if others:
            yield _others(others)
    else:
        yield from _nothing_proven(report)
    yield "### How to see that it is fixed\n"
    yield from _proof(report)


def _fix(finding: Finding, fix: Fix) -> str:
    paste = f"\n{fenced(fix.paste)}" if fix.paste else ""
    title = f"**{plain(fix.where)}** (for {code(finding.cause)})"
    return f"{title}\n\n{prose(fix.what)}\n{paste}\n{plain(verify(fix))}\n"


def _others(others: list[tuple[Finding, Fix]]) -> str:
    shown = [_fix(finding, fix) for finding, fix in others[:_OTHERS_SHOWN]]
    more = len(others) - len(shown)
    if more:
        shown.append(f"{count(more, 'more')} in the full report.\n")
    return folded(
        f"Other places where it can be changed: {len(others)}", "\n".join(shown)
    )


def _nothing_proven(report: Report) -> Iterator[str]:
    if report.verdict.sound:
        yield "Nothing: no fault was seen.\n"
        return
    yield "No cause was proven, so nothing should be changed yet.\n"
    yield from (
        f"- {code(finding.cause)} is suspected. {prose(finding.settle)}\n"
        for finding in report.findings
        if finding.status is Status.SUSPECTED
    )
    if report.verdict.next_step:
        yield f"{prose(report.verdict.next_step)}\n"


def _proof(report: Report) -> Iterator[str]:
    if HIDDEN in report.target.url:
        yield (
            f"The address holds a secret, so it is hidden here; put it into the "
            f"variable {code(URL_VARIABLE)} first.\n"
        )
    yield fenced(command(report), "console")
    yield "Exit code 0 means that nothing is wrong any more.\n"
    leading = next((f for f in report.findings if _leads(report, f)), None)
    shown = curl(report, leading) if leading else ""
    if shown:
        yield "The same observation without this tool:\n"
        yield fenced(shown, "console")


def _leads(report: Report, finding: Finding) -> bool:
    verdict = report.verdict
    return finding.cause in (*verdict.causes, *verdict.suspected)[:1]
