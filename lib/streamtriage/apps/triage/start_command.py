"""`streamtriage` alone: the servers that this machine knows, and which to triage."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from streamtriage.apps.triage.command import triage_and_deliver
from streamtriage.commands.chosen import entered_of
from streamtriage.commands.options import intake_of, put, usage
from streamtriage.console import say
from streamtriage.languages import translate
from streamtriage.own_process import TooLongError, look_apart
from streamtriage.redaction import cut, visible
from streamtriage.report.machine_rows import failures_since
from streamtriage.workstation.candidates import prefill

if TYPE_CHECKING:
    from streamtriage.workstation.candidates import Candidate

__all__ = ["chosen", "listed", "start", "worst_first"]

_SHOWN = 20
_HOW = "Give its URL: streamtriage triage https://HOST/mcp"


def start(*, asks: bool) -> None:
    """List what the clients of this machine know, and triage the one that is chosen.

    Nothing is sent to any server before that; without `asks` the first is chosen.
    """
    say(translate("Reading this machine's MCP clients and logs …"))
    try:
        found = worst_first(prefill(look_apart(run_versions=False)))
    except TooLongError as problem:
        usage(
            translate("{problem}. {how}", problem=problem.words(), how=translate(_HOW))
        )
    if not found:
        usage(
            translate(
                "No remote server of an MCP client was found here. {how}",
                how=translate(_HOW),
            )
        )
    put("-", listed(found))
    picked = _asked(found) if asks else found[0]
    if picked is None:
        say(translate("Nothing was sent."))
        raise typer.Exit
    if not picked.url_is_whole:
        usage(
            translate(
                "The address of {server} holds a secret or a variable, so "
                'it is not known whole. Run: streamtriage triage "$MCP_URL"',
                server=visible(picked.server),
            )
        )
    say(translate("Triaging {url}.", url=picked.url))
    triage_and_deliver(intake_of(**entered_of(picked)))


def worst_first(found: list[Candidate]) -> list[Candidate]:
    """Return each server once a client, the one that fails most first."""
    named = [each for each in found if each.url]
    return sorted(named, key=lambda each: -each.failures)[:_SHOWN]


def listed(found: list[Candidate]) -> str:
    """Return the list, two lines a server: where it is, and how it failed last."""
    lines = []
    for number, each in enumerate(found, 1):
        client = f"{each.client} {each.client_version}".strip()
        lines.append(f"{number:>3}  {each.server} · {each.url} · {client}")
        lines.append(f"     {_last(each)}")
    return visible("\n".join(lines))


def _last(each: Candidate) -> str:
    if not each.last_at and not each.failures:
        return translate("no log found, so nothing is known of failures")
    error = " ".join(cut(each.error, 90).split())
    said = failures_since(each.failures, each.failing_since)
    if each.last_at:
        newest = each.last_at[:16].replace("T", " ")
        said = translate("{said}, last {newest}", said=said, newest=newest)
    return translate("{said}: {error}", said=said, error=error) if error else said


def _asked(found: list[Candidate]) -> Candidate | None:
    """Ask until the answer is a server or a no; the end of input is a no."""
    text = translate("Triage 1? Type y, another number, or n; nothing is sent before")
    while True:
        try:
            typed = typer.prompt(text, default="n", show_default=False)
        except typer.Abort:
            return None
        answer = chosen(typed, len(found))
        if answer is not None:
            return found[answer - 1] if answer else None
        say(translate("Type y, n, or a number from 1 to {found}.", found=len(found)))


def chosen(typed: str, most: int) -> int | None:
    """Return the number that was meant, 0 for none, None for what is no answer."""
    word = typed.strip().lower()
    if word in ("y", "yes"):
        return 1
    if word in ("", "n", "no", "q"):
        return 0
    return int(word) if word.isdecimal() and 1 <= int(word) <= most else None
