"""The exit codes of every command, in one place."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from streamtriage.model import Outcome

__all__ = [
    "CAUSE_PRESENT",
    "COULD_NOT_TELL",
    "EXIT_CODES",
    "HEALTHY",
    "IN_WORDS",
    "NOT_WRITTEN",
    "STOPPED",
    "TOOL_FAULT",
    "USAGE",
]

HEALTHY = 0
CAUSE_PRESENT = 1
USAGE = 2
# What was asked for could not be written: the same code wherever and whatever it was.
NOT_WRITTEN = 2
COULD_NOT_TELL = 3
# Ours, or a shortage of this machine.
TOOL_FAULT = 4
# As a shell says of whoever a SIGINT ended: 128 and the signal's number.
STOPPED = 130

EXIT_CODES: dict[Outcome, int] = {
    "healthy": HEALTHY,
    "cause-present": CAUSE_PRESENT,
    "not-reproduced": COULD_NOT_TELL,
    "could-not-tell": COULD_NOT_TELL,
    "tool-fault": TOOL_FAULT,
}

IN_WORDS = (
    "Exit codes: 0 healthy, or mended; 1 a cause is present; 2 bad usage, or what "
    "could not be written; 3 could not tell; 4 this tool or this machine failed; 130 "
    "stopped before anything was seen."
)
