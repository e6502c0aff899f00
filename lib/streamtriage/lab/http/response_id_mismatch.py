"""The fault `response-id-mismatch`."""

from __future__ import annotations

import json

from streamtriage.lab.rewriting import rewriting
from streamtriage.lab.scenario import Setup, fault

__all__ = ["response_id_mismatch"]


@fault
def response_id_mismatch() -> Setup:
    """Every response has the id null.

    Servers that write JSON-RPC by hand, and bridges that lose who asked.
    """
    return Setup(wrap=rewriting(_for_nobody), options={"json_response": True})


def _for_nobody(body: bytes) -> bytes:
    try:
        message: object = json.loads(body)
    except ValueError:
        return body
    if not isinstance(message, dict) or "result" not in message:
        return body
    return json.dumps(message | {"id": None}).encode()
