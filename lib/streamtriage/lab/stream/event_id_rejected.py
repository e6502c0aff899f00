"""The fault `event-id-rejected`."""

from __future__ import annotations

from streamtriage.lab.asgi import answer
from streamtriage.lab.resuming import with_event_ids
from streamtriage.lab.scenario import Setup, fault

__all__ = ["event_id_rejected"]


_INVALID = (
    '{"jsonrpc":"2.0","error":{"code":-32000,"message":"Invalid event ID format"},'
    '"id":null}'
)


@fault
def event_id_rejected() -> Setup:
    """The id of an event is refused by the server that sent it.

    The TypeScript SDK's text, of a server whose store another replica filled.
    """
    return Setup(wrap=with_event_ids(lambda: answer(400, _INVALID, "application/json")))
