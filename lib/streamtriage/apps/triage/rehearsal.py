"""The rehearsal: with no server named, the runbook triages a server of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.changes import Change
from streamtriage.languages import translate
from streamtriage.markup.markdown import code, plain
from streamtriage.transport.target import IntakeError
from streamtriage.wording import cause_title

if TYPE_CHECKING:
    from streamtriage.model import Intake

__all__ = ["FAULT", "HEALED", "banner", "change_of", "rehearsed"]

FAULT = "half-open-stream-409"
# What the lab serves after the change that is rehearsed.
HEALED = "healthy"

# What a client on Node logs when it meets the fault that is rehearsed by default.
_PRINTED = {
    FAULT: "Failed to reconnect SSE stream: Streamable HTTP error: "
    "Failed to open SSE stream: Conflict"
}


def rehearsed(fault: str, typed: Intake) -> Intake:
    """Return what the person who meets this fault would have typed.

    What was really typed stands. Raises IntakeError for a fault that the lab lacks.
    """
    from streamtriage import lab  # noqa: PLC0415 - slow, and real runs need none

    try:
        setup = lab.scenario(fault).setup()
    except LookupError as problem:
        raise IntakeError(str(problem.args[0])) from None
    names = ("error", "action", "client", "client_version")
    given = {name: value for name in names if (value := getattr(typed, name))}
    met = {"error": setup.intake.error or _PRINTED.get(fault, "")}
    return setup.intake.model_copy(update={"hold_s": setup.needs_hold_s} | met | given)


# The change that would mend the real counterpart of the fault that is rehearsed.
_CHANGES = {
    FAULT: Change(
        what="proxy_ignore_client_abort", where="nginx.conf", old="on", new="off"
    )
}


def change_of(fault: str) -> Change:
    """Return the change that the rehearsal of this fault plays."""
    other = Change(
        what=translate("what the lab serves"),
        where=translate("the lab"),
        old=fault,
        new=HEALED,
    )
    return _CHANGES.get(fault, other)


def banner(fault: str) -> str:
    """Say in Markdown that no real server was probed."""
    from streamtriage import lab  # noqa: PLC0415 - slow, and real runs need none

    played = lab.scenario(fault)
    title = cause_title(played.cause or "", translate(played.title))
    return translate(
        "> **Rehearsal.** No server was named, so this runbook "
        "started one of its own on this machine and probed that: "
        "{name}. {title}. Nothing below is about your server.\n\n",
        name=code(played.name),
        title=plain(title),
    )
