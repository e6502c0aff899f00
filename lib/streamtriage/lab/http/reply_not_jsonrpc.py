"""The fault `reply-not-jsonrpc`."""

from __future__ import annotations

import json

from streamtriage.lab.rewriting import rewriting
from streamtriage.lab.scenario import Setup, fault

__all__ = ["reply_not_jsonrpc"]


@fault
def reply_not_jsonrpc() -> Setup:
    """Every response lacks its version.

    Servers that write JSON-RPC by hand.
    """
    return Setup(wrap=rewriting(_unversioned), options={"json_response": True})


def _unversioned(body: bytes) -> bytes:
    try:
        message: object = json.loads(body)
    except ValueError:
        return body
    if not isinstance(message, dict) or "result" not in message:
        return body
    return json.dumps({k: v for k, v in message.items() if k != "jsonrpc"}).encode()
