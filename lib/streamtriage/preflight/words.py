"""A preflight on a terminal and in Markdown: the table first, then the reasons."""

from __future__ import annotations

import re
from textwrap import wrap
from typing import TYPE_CHECKING

from streamtriage.report.markdown_markup import code, fenced, folded, plain, prose
from streamtriage.report.markdown_markup import table as markdown_table
from streamtriage.report.phrases import count, duration
from streamtriage.report.story import verify

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from streamtriage.preflight.gate import (
        CheckResult,
        Judged,
        Policy,
        Preflight,
        Result,
        Server,
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
_WIDTH = 100
# What a CI system would obey: GitHub at a line's start or, in its old form, anywhere;
# Azure Pipelines anywhere.
_COMMAND = re.compile(r"^(\s*):(?=:)|#(?=#(?:\[|vso\[))", re.MULTILINE)


def inert(text: str) -> str:
    """Break what a CI system would take for a command of the build into two words."""
    return _COMMAND.sub(lambda m: f"{m[1]}: " if m[1] is not None else f"{m[0]} ", text)


def headline(done: Preflight) -> str:
    """Return the result of all servers in one line."""
    failed = sum(each.result == "fail" for each in done.servers)
    of = f" ({failed} of {count(len(done.servers), 'server')})" if failed else ""
    took = duration(done.took_s)
    label = "REHEARSAL, not a server of yours: " if done.rehearsal else ""
    return f"{label}{RESULTS[done.result]}{of}: preflight of {_names(done)} in {took}"


def _names(done: Preflight) -> str:
    one = done.servers[0].url if len(done.servers) == 1 else ""
    return one or count(len(done.servers), "server")


def rules(policy: Policy) -> str:
    """Say in one sentence what fails and what is put up with."""
    allowed = "; ".join(f"{name} ({why})" for name, why in policy.allow.items())
    also = f" Allowed: {allowed}." if allowed else ""
    answer = {
        "report": "ends with exit code 3",
        "pass": "passes",
        "fail": "fails",
    }[policy.unknown]
    return (
        f"Fails on: {', '.join(policy.fail_on)}. What could not be told {answer}.{also}"
    )


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
            lines += _wrapped(f"Why: {server.says}", width, "  ")
    return inert("\n".join(lines) + "\n")


def _server_text(server: Server, width: int) -> Iterator[str]:
    yield f"{RESULTS[server.result]}: {server.name or server.url}"
    for check in server.checks:
        told = f"{check.question} {check.says}"
        first, *rest = _wrapped(told, width, " " * 15)
        yield f"  {MARKS[check.result]:<12} {first.lstrip()}"
        yield from rest
    for judged in server.causes:
        yield from _cause_text(judged, width)
    if server.result in ("unknown", "tool-fault"):
        yield from _wrapped(f"Why: {server.says}", width, "  ")
    if len(server.tries) > 1:
        yield from _wrapped(_tries(server), width, "  ")
    for gap in server.not_known:
        yield from _wrapped(f"Not known: {_short(gap)}", width, "  ")


def _short(gap: str) -> str:
    """Leave a long list to the files that machines read."""
    names = gap.removeprefix("Not judged: ").rstrip(".").split(", ")
    if not gap.startswith("Not judged: ") or len(names) <= 4:
        return gap
    return f"{len(names)} causes were not judged; --json and --markdown name them."


def _cause_text(judged: Judged, width: int) -> Iterator[str]:
    yield from _wrapped(
        f"{judged.cause} {judged.decision} ({judged.reason}); for the {judged.owner} "
        f"to fix; {judged.title}.",
        width,
        "  ",
    )
    if judged.fix and judged.decision == "fails":
        yield from _wrapped(f"{judged.fix.where}: {judged.fix.what}", width, "    ")
        yield from (f"      {line}" for line in judged.fix.paste.splitlines()[:20])


def _tries(server: Server) -> str:
    each = "; ".join(
        f"{t.number}: {t.result}{f' ({chr(44).join(t.causes)})' if t.causes else ''}"
        for t in server.tries
    )
    word = "Intermittent: the" if server.intermittent else "The"
    return f"{word} last of {len(server.tries)} tries decides. {each}."


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
        parts.append(f"### {RESULTS[server.result]}: {code(named)}\n")
        parts += [checks_markdown(server), reasons_markdown(server)]
        gaps = unknown_markdown(server)
        parts.append(folded("What is not known", gaps) if gaps else "")
    about = f"{done.tool.name} {done.tool.version}, {done.taken_at:%Y-%m-%d %H:%M} UTC"
    return inert("\n".join((*filter(None, parts), f"{plain(about)}\n")))


def checks_markdown(server: Server) -> str:
    """Show the table of checks."""
    rows = (
        (MARKS[each.result], prose(each.question), prose(each.says))
        for each in server.checks
    )
    return markdown_table(("Result", "Check", "What was seen"), rows)


def reasons_markdown(server: Server) -> str:
    """Show each cause with its decision and, where it fails, the first fix."""
    parts = [_cause_markdown(each) for each in server.causes]
    if server.result in ("unknown", "tool-fault"):
        parts.append(f"{prose(server.says)}\n")
    if len(server.tries) > 1:
        parts.append(f"{prose(_tries(server))}\n")
    return "\n".join(parts)


def _cause_markdown(judged: Judged) -> str:
    text = (
        f"**{code(judged.cause)} {judged.decision}** ({prose(judged.reason)}): "
        f"{prose(judged.title)}. {prose(judged.because)} "
        f"For the {judged.owner} to fix.\n"
    )
    if judged.fix is None or judged.decision != "fails":
        return text
    paste = fenced(judged.fix.paste) if judged.fix.paste else ""
    fix = judged.fix
    return (
        f"{text}\nFirst fix, {plain(fix.where)}: {prose(fix.what)}\n\n{paste}\n"
        f"{prose(verify(fix))}\n"
    )


def unknown_markdown(server: Server) -> str:
    """List what nobody may take for fine."""
    return "".join(f"- {prose(gap)}\n" for gap in server.not_known)
