"""What a client's log does not hold, though it happened."""

from __future__ import annotations

from streamtriage.error_text.client_table import silent_about
from streamtriage.error_text.clients_seen import known_client
from streamtriage.languages import translate

__all__ = ["not_logged_by"]

_UNSEEN = {"open stream ended cleanly": "ends cleanly", "open stream cut": "is cut"}


def not_logged_by(title: str) -> tuple[str, ...]:
    """Return what becomes of a stream without a word of this client, as verbs."""
    client = known_client(title)
    faults = {row.fault for row in silent_about(client)} if client else set()
    return tuple(translate(_UNSEEN[fault]) for fault in _UNSEEN if fault in faults)
