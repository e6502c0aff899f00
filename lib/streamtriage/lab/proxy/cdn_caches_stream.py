"""The fault `cdn-caches-stream`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.lab.asgi import (
    answer,
    on_get,
)
from streamtriage.lab.scenario import Setup, fault

if TYPE_CHECKING:
    from starlette.responses import Response

__all__ = ["cdn_caches_stream"]


_RECORDING = (
    "event: message\r\n"
    'data: {"jsonrpc":"2.0","method":"notifications/tools/list_changed"}\r\n\r\n'
)


@fault
def cdn_caches_stream() -> Setup:
    """A cache answers the GET with the recording of an older stream.

    Bunny, for a stream without Cache-Control, keeps it for a month.
    """

    def recorded() -> Response:
        return answer(200, _RECORDING, "text/event-stream", Age="57", X_Cache="HIT")

    return Setup(wrap=on_get(recorded))
