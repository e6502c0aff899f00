"""`streamtriage ticket` and `extract`: a runbook for the incident ticket, and back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from streamtriage.commands.language import LanguageOption
from streamtriage.commands.options import put, reason, usage
from streamtriage.console import say
from streamtriage.languages import translate
from streamtriage.model.catalogue import saved_json
from streamtriage.model.message import told
from streamtriage.on_first_use import without
from streamtriage.phrases import count
from streamtriage.ticket import NotATicketError, extract

if TYPE_CHECKING:
    from streamtriage.apps.triage.ticket_build import Ticket

__all__ = ["extract_command", "ticket_command"]


def ticket_command(
    executed: Annotated[str, typer.Argument(metavar="EXECUTED.ipynb")],
    out: Annotated[
        str, typer.Option(metavar="DIR", help="Where to write; else beside it.")
    ] = "",
    lang: LanguageOption = "",
) -> None:
    """Make the ticket of an executed runbook: HTML, Markdown, the notebook, a zip."""
    # Jupyter is an extra: the other commands work without it.
    with without("jsonschema", "rfc3987_syntax"):
        from streamtriage.apps.triage.ticket_build import (  # noqa: PLC0415
            make_ticket,
            written,
        )

    path = Path(executed)
    try:
        ticket = make_ticket(path)
        paths = written(ticket, Path(out) if out else path.parent, path.stem)
    except NotATicketError as problem:
        usage(
            translate(
                "No ticket can be made of {executed}: {problem}.",
                executed=executed,
                problem=problem,
            )
        )
    except OSError as problem:
        _unusable(executed, problem)
    sizes = (f"  {each} ({each.stat().st_size / 1000:.0f} kB)" for each in paths)
    verdict = ticket.report.verdict
    summary = told(verdict.messages.summary, verdict.summary)
    put("-", "\n".join((summary, *sizes)))
    _say(ticket)


def extract_command(
    ticket: Annotated[str, typer.Argument(metavar="TICKET", help="- for stdin.")],
    json_to: Annotated[
        str, typer.Option("--json", metavar="F", help="Write it here; - for stdout.")
    ] = "-",
) -> None:
    """Give the report back that a ticket (notebook, HTML, zip) carries, as JSON."""
    try:
        found = extract(ticket)
    except NotATicketError as problem:
        usage(
            translate(
                "There is no report to be read in {ticket}: {problem}.",
                ticket=ticket,
                problem=problem,
            )
        )
    except OSError as problem:
        _unusable(ticket, problem)
    put(json_to, saved_json(found.report, lines=True))
    for remark in found.remarks:
        say(remark)


def _unusable(name: str, problem: OSError) -> NoReturn:
    usage(
        translate(
            "{value} cannot be used ({problem}).",
            value=problem.filename or name,
            problem=reason(problem),
        )
    )


def _say(ticket: Ticket) -> None:
    for remark in ticket.remarks:
        say(remark)
    if ticket.hidden:
        places = count(ticket.hidden, "place")
        say(
            translate(
                "Something that looks like a secret stood in {places} of "
                "the notebook. It is hidden in the ticket, and still in "
                "the notebook: look, and replace the secret if it was one.",
                places=places,
            )
        )
