"""The fault `hidden-409-instant-close`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.lab.conflicts import instead_of_409
from streamtriage.lab.scenario import Setup, fault
from streamtriage.lab.tcp_relay import Relay, RelayRules
from streamtriage.on_first_use import Later

if TYPE_CHECKING:
    from starlette.responses import Response

else:
    # Whoever only lists the faults needs no server.
    Response = Later("starlette.responses", "Response")

__all__ = ["hidden_409_instant_close"]


@fault
def hidden_409_instant_close() -> Setup:
    """The old stream is still counted, and a new one opened and ended at once.

    The Kotlin SDK (kotlin-sdk#715), behind a proxy that keeps its side open, for 1.5 s.
    """

    def empty() -> Response:
        return Response(b"", 200, media_type="text/event-stream")

    return Setup(
        wrap=instead_of_409(empty),
        relay=Relay(RelayRules(keep_upstream=True, keep_s=1.5)),
    )
