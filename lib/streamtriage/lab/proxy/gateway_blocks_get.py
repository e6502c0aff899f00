"""The fault `gateway-blocks-get`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.lab.asgi import answer, on_get
from streamtriage.lab.nginx_pages import NGINX_403
from streamtriage.lab.scenario import Setup, fault

if TYPE_CHECKING:
    from starlette.responses import Response

__all__ = ["gateway_blocks_get"]


@fault
def gateway_blocks_get() -> Setup:
    """A gateway in front of the server lets POST through and refuses GET.

    nginx with `limit_except POST { deny all; }`.
    """

    def refuse() -> Response:
        return answer(403, NGINX_403, "text/html", Server="nginx/1.22.1")

    return Setup(wrap=on_get(refuse))
