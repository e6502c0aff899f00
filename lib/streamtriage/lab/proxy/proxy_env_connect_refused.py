"""The fault `proxy-env-connect-refused`."""

from __future__ import annotations

from streamtriage.lab.asgi import keep_alive
from streamtriage.lab.forward_proxy import ForwardRules
from streamtriage.lab.scenario import Setup, fault

__all__ = ["proxy_env_connect_refused"]


@fault
def proxy_env_connect_refused() -> Setup:
    """The proxy that the client is told to use refuses CONNECT.

    squid, which denies CONNECT to ports that are not on its list.
    """
    return Setup(
        certificate="valid", forward=ForwardRules(refuses=403), wrap=keep_alive(0.5)
    )
