"""A preflight on a terminal and in Markdown: the table first, then the reasons."""

from __future__ import annotations

import re
from textwrap import wrap
from typing import TYPE_CHECKING

from streamtriage.languages import translate
from streamtriage.markup.markdown import code, fenced, folded, plain, prose
from streamtriage.markup.markdown import table as markdown_table
from streamtriage.model.message import told
from streamtriage.phrases import count, duration
from streamtriage.report.columns import pad
from streamtriage.report.story import unmeasured, verify
from streamtriage.wording import cause_title

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from streamtriage.apps.preflight.model import (
        CheckResult,
        Judged,
        Policy,
        Preflight,
        Result,
        Server,
        Unknown,
    )

__all__ = [
    "MARKS",
    "RESULTS",
    "checks_markdown",
    "headline",
    "inert",
    "reasons_markdown",
    "render_markdown",
    "render_reasons",
    "render_text",
    "rules",
    "unknown_markdown",
]

RESULTS: Mapping[Result, str] = {
    "pass": "PASSED",
    "fail": "FAILED",
    "unknown": "COULD NOT TELL",
    "tool-fault": "FAULT OF THIS TOOL",
}
MARKS: Mapping[CheckResult, str] = {
    "pass": "✔ pass",
    "warn": "! warning",
    "fail": "✘ FAIL",
    "unknown": "? unknown",
    "not asked": "- not asked",
}
_UNKNOWN: Mapping[Unknown, str] = {
    "report": "ends with exit code 3",
    "pass": "passes",
    "fail": "fails",
}
_WIDTH = 100
# The names of causes in a sentence, in whatever language it is.
_NAMES = re.compile(r"(?<![\w-])[a-z0-9]+(?:-[a-z0-9]+)+(?![\w-])")
# What a CI system would obey: GitHub at a line's start or, in its old form, anywhere;
# Azure Pipelines anywhere.
_COMMAND = re.compile(r"^(\s*):(?=:)|#(?=#(?:\[|vso\[))", re.MULTILINE)


def inert(text: str) -> str:
    """Break what a CI system would take for a command of the build into two words."""
    return _COMMAND.sub(lambda m: f"{m[1]}: " if m[1] is not None else f"{m[0]} ", text)


def headline(done: Preflight) -> str:
    """Return the result of all servers in one line."""
    failed = sum(each.result == "fail" for each in done.servers)
    result = translate(RESULTS[done.result])
    if failed:
        result = translate(
            "{result} ({failed} of {servers})",
            result=result,
            failed=failed,
            servers=count(len(done.servers), "server"),
        )
    said = translate(
        "{result}: preflight of {servers} in {took}",
        result=result,
        servers=_names(done),
        took=duration(done.took_s),
    )
    if not done.rehearsal:
        return said
    return translate("REHEARSAL, not a server of yours: {said}", said=said)


def _names(done: Preflight) -> str:
    one = done.servers[0].url if len(done.servers) == 1 else ""
    return one or count(len(done.servers), "server")


def rules(policy: Policy) -> str:
    """Say in one sentence what fails and what is put up with."""
    allowed = "; ".join(f"{name} ({why})" for name, why in policy.allow.items())
    said = translate(
        "Fails on: {causes}. What could not be told {answer}.",
        causes=", ".join(policy.fail_on),
        answer=translate(_UNKNOWN[policy.unknown]),
    )
    if not allowed:
        return said
    return f"{said} {translate('Allowed: {causes}.', causes=allowed)}"


def render_text(done: Preflight, width: int = _WIDTH) -> str:
    """Render for a terminal or a build's log, from which no command can be started."""
    lines = [headline(done), *_wrapped(rules(done.policy), width)]
    for server in done.servers:
        lines += ["", *_server_text(server, width)]
    return inert("\n".join(lines) + "\n")


def render_reasons(done: Preflight, width: int = _WIDTH) -> str:
    """Render in a few lines what fails and what is to be done, without the checks."""
    lines = [headline(done)]
    for server in done.servers:
        for judged in server.causes:
            lines += _cause_text(judged, width)
        if server.result in ("unknown", "tool-fault"):
            lines += _wrapped(_why(server), width, "  ")
    return inert("\n".join(lines) + "\n")


def _server_text(server: Server, width: int) -> Iterator[str]:
    yield f"{translate(RESULTS[server.result])}: {server.name or server.url}"
    for check in server.checks:
        said = f"{translate(check.question)} {told(check.message, check.says)}"
        first, *rest = _wrapped(said, width, " " * 15)
        yield f"  {pad(translate(MARKS[check.result]), 12)} {first.lstrip()}"
        yield from rest
    for judged in server.causes:
        yield from _cause_text(judged, width)
    if server.result in ("unknown", "tool-fault"):
        yield from _wrapped(_why(server), width, "  ")
    if len(server.tries) > 1:
        yield from _wrapped(_tries(server), width, "  ")
    for gap in _gaps(server):
        yield from _wrapped(
            translate("Not known: {what}", what=_short(gap)), width, "  "
        )


def _why(server: Server) -> str:
    return translate("Why: {says}", says=_summary(server))


def _summary(server: Server) -> str:
    """Return what a server came to, in the language spoken."""
    report = server.report
    message = report.verdict.messages.summary if report is not None else None
    return told(message, server.says) if message else translate(server.says)


def _gaps(server: Server) -> tuple[str, ...]:
    """Return what was not judged, in the language spoken where the report is there."""
    report = server.report
    return unmeasured(report) if report is not None else server.not_known


def _short(gap: str) -> str:
    """Leave a long list to the files that machines read."""
    names = _NAMES.findall(gap)
    if len(names) <= 4:
        return gap
    return translate(
        "{n} causes were not judged; --json and --markdown name them.", n=len(names)
    )


def _cause_text(judged: Judged, width: int) -> Iterator[str]:
    said = translate(
        "{cause} {decision} ({reason}); for the {owner} to fix; {title}.",
        cause=judged.cause,
        decision=translate(judged.decision),
        reason=translate(judged.reason),
        owner=translate(judged.owner),
        title=cause_title(judged.cause, judged.title),
    )
    yield from _wrapped(said, width, "  ")
    if judged.fix and judged.decision == "fails":
        fix = f"{translate(judged.fix.where)}: {translate(judged.fix.what)}"
        yield from _wrapped(fix, width, "    ")
        yield from (f"      {line}" for line in judged.fix.paste.splitlines()[:20])


def _tries(server: Server) -> str:
    each = "; ".join(
        f"{t.number}: {translate(t.result)}"
        f"{f' ({chr(44).join(t.causes)})' if t.causes else ''}"
        for t in server.tries
    )
    number = len(server.tries)
    if server.intermittent:
        said = translate("Intermittent: the last of {n} tries decides.", n=number)
    else:
        said = translate("The last of {n} tries decides.", n=number)
    return f"{said} {each}."


def _wrapped(text: str, width: int, margin: str = "") -> list[str]:
    return wrap(
        " ".join(text.split()),
        width,
        initial_indent=margin,
        subsequent_indent=margin,
        break_on_hyphens=False,
    )


def render_markdown(done: Preflight) -> str:
    """Render for a build's summary page or an issue; everything foreign is escaped."""
    parts = [f"## {plain(headline(done))}\n", f"{prose(rules(done.policy))}\n"]
    for server in done.servers:
        named = server.name or server.url
        parts.append(f"### {translate(RESULTS[server.result])}: {code(named)}\n")
        parts += [checks_markdown(server), reasons_markdown(server)]
        gaps = unknown_markdown(server)
        parts.append(folded(translate("What is not known"), gaps) if gaps else "")
    about = f"{done.tool.name} {done.tool.version}, {done.taken_at:%Y-%m-%d %H:%M} UTC"
    return inert("\n".join((*filter(None, parts), f"{plain(about)}\n")))


def checks_markdown(server: Server) -> str:
    """Show the table of checks."""
    rows = (
        (
            translate(MARKS[each.result]),
            prose(translate(each.question)),
            prose(told(each.message, each.says)),
        )
        for each in server.checks
    )
    columns = (translate("Result"), translate("Check"), translate("What was seen"))
    return markdown_table(columns, rows)


def reasons_markdown(server: Server) -> str:
    """Show each cause with its decision and, where it fails, the first fix."""
    parts = [_cause_markdown(each) for each in server.causes]
    if server.result in ("unknown", "tool-fault"):
        parts.append(f"{prose(_summary(server))}\n")
    if len(server.tries) > 1:
        parts.append(f"{prose(_tries(server))}\n")
    return "\n".join(parts)


def _cause_markdown(judged: Judged) -> str:
    text = translate(
        "**{cause} {decision}** ({reason}): {title}. {because} For the {owner} to "
        "fix.\n",
        cause=code(judged.cause),
        decision=translate(judged.decision),
        reason=prose(translate(judged.reason)),
        title=prose(cause_title(judged.cause, judged.title)),
        because=prose(told(judged.message, judged.because)),
        owner=translate(judged.owner),
    )
    if judged.fix is None or judged.decision != "fails":
        return text
    paste = fenced(judged.fix.paste) if judged.fix.paste else ""
    fix = judged.fix
    first = translate(
        "First fix, {where}: {what}",
        where=plain(translate(fix.where)),
        what=prose(translate(fix.what)),
    )
    return f"{text}\n{first}\n\n{paste}\n{prose(verify(fix))}\n"


def unknown_markdown(server: Server) -> str:
    """List what nobody may take for fine."""
    return "".join(f"- {prose(gap)}\n" for gap in _gaps(server))
