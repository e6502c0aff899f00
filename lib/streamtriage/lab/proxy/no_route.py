"""The fault `no-route`."""

from __future__ import annotations

from streamtriage.lab.asgi import answer
from streamtriage.lab.refusing import refuse_if
from streamtriage.lab.scenario import Setup, fault

__all__ = ["no_route"]


@fault
def no_route() -> Setup:
    """The edge answers 404 with an empty body to every path.

    The catch-all of a Cloudflare Tunnel without a rule for the host.
    """
    headers = {"Server": "cloudflare", "CF_RAY": "8a1b2c3d4e5f6a7b-LAB"}
    return Setup(wrap=refuse_if(lambda _: True, lambda _: answer(404, **headers)))
