"""The fault `gateway-without-upstream`."""

from __future__ import annotations

import json
from typing import Any

from streamtriage.lab.rewriting import rewriting
from streamtriage.lab.scenario import Setup, fault

__all__ = ["gateway_without_upstream"]


@fault
def gateway_without_upstream() -> Setup:
    """A gateway lists no tools and says in `_meta` that its upstream is unreachable.

    The LiteLLM proxy 1.108.7 with its only server down.
    """
    return Setup(wrap=rewriting(_emptied), options={"json_response": True})


def _emptied(body: bytes) -> bytes:
    try:
        message: dict[str, Any] = json.loads(body)
    except ValueError:
        return body
    if "tools" not in message.get("result", {}):
        return body
    message["result"]["tools"] = []
    message["result"]["_meta"] = {
        "gateway/server_outcomes": {"up": {"status": "unreachable"}}
    }
    return json.dumps(message).encode()
