"""What the panes of the preflight say, and the files that it leaves."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from streamtriage.apps.preflight import (
    headline,
    reasons_markdown,
    render_junit,
    render_reasons,
    render_sarif,
    rules,
    unknown_markdown,
)
from streamtriage.languages import translate
from streamtriage.markup.markdown import cells, code, plain, prose, table
from streamtriage.notebook.entered import entered_rows
from streamtriage.redaction import shown_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamtriage.apps.preflight import Preflight, Server
    from streamtriage.apps.preflight.parameters import PreflightParameters
    from streamtriage.model import Intake
    from streamtriage.outbox import Outbox

__all__ = ["entered", "files", "kept", "reasons", "result", "unknown", "why"]


def entered(intake: Intake, wanted: PreflightParameters) -> str:
    """Show what the run was given; secrets appear by name only."""
    rows = (
        *entered_rows(intake),
        (translate("Tries"), str(wanted.tries)),
        (translate("Policy"), rules(wanted.policy())),
    )
    return table((translate("What was entered"), translate("Value")), cells(rows))


def reasons(server: Server) -> str:
    """Show what fails or is put up with, and why."""
    return reasons_markdown(server) or translate(
        "Nothing fails, and nothing is put up with.\n"
    )


def unknown(server: Server) -> str:
    """Show what was not judged."""
    return unknown_markdown(server) or translate("Nothing was left out.\n")


def files(written: Sequence[str]) -> str:
    """Show the names of what was written, as they were given."""
    rows = "".join(f"- {code(shown_text(name))}\n" for name in written)
    return rows or translate("No file was asked for; name one in the parameters.\n")


def result(done: Preflight) -> str:
    """Show the result in one line, and by which policy."""
    return f"**{plain(headline(done))}**\n\n{prose(rules(done.policy))}\n"


def why(done: Preflight) -> str:
    """Say why the build stops: the verdict, which papermill prints as the last thing.

    Where nobody can read the notebook at once, this is what there is: what fails, whose
    it is, and the first fix.
    """
    code = translate(
        "exit code {exit_code} on the command line", exit_code=done.exit_code
    )
    return f"{render_reasons(done).rstrip()}\n({code})"


def kept(
    done: Preflight, wanted: PreflightParameters, outbox: Outbox
) -> tuple[str, ...]:
    """Write the files that were asked for; return their names as they were given."""
    texts = {
        wanted.preflight_json: done.model_dump_json(indent=2),
        wanted.junit_xml: render_junit(done),
        wanted.sarif: render_sarif(done),
    }
    for name, text in texts.items():
        if name:
            outbox.file(Path(name), text)
    return tuple(filter(None, texts))
