"""The fault `proxy-tls-inspection-buffers-sse`."""

from __future__ import annotations

from streamtriage.lab.asgi import keep_alive
from streamtriage.lab.forward_proxy import ForwardRules
from streamtriage.lab.scenario import Setup, fault

__all__ = ["proxy_tls_inspection_buffers_sse"]


@fault
def proxy_tls_inspection_buffers_sse() -> Setup:
    """A company proxy opens TLS and scans each response whole before it passes it on.

    Broadcom's secure web gateway (KB 406021).
    """
    return Setup(
        certificate="valid", forward=ForwardRules(inspects=True), wrap=keep_alive(0.5)
    )
