"""The fault `last-event-id-500`."""

from __future__ import annotations

from streamtriage.lab.resuming import with_event_ids
from streamtriage.lab.scenario import Setup, fault

__all__ = ["last_event_id_500"]


@fault
def last_event_id_500() -> Setup:
    """Events carry ids, but there is no store to replay them from.

    The Python SDK without an event store, behind a hop that numbers events.
    """
    return Setup(wrap=with_event_ids(None))
