"""The rehearsal: with no server named, the runbook triages a server of its own."""

from __future__ import annotations

from streamtriage import lab

__all__ = ["FAULT", "banner", "rehearsed_error"]

FAULT = "half-open-stream-409"

# What a client on Node logs when it meets the fault that is rehearsed by default.
_PRINTED = {
    FAULT: "Failed to reconnect SSE stream: Streamable HTTP error: "
    "Failed to open SSE stream: Conflict"
}


def rehearsed_error(fault: str) -> str:
    """Return what the person who meets this fault would have pasted, if known."""
    return _PRINTED.get(fault, "")


def banner(fault: str) -> str:
    """Say in Markdown that no real server was probed."""
    played = lab.scenario(fault)
    return (
        "> **Rehearsal.** No server was named, so this runbook started a server of its "
        f"own on this machine and probed that: `{played.name}`. {played.title}. "
        "Nothing below is about your server.\n\n"
    )
