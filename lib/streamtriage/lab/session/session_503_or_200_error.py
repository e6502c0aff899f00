"""The fault `session-503-or-200-error`."""

from __future__ import annotations

from streamtriage.lab.asgi import answer
from streamtriage.lab.scenario import Setup, fault
from streamtriage.lab.sessions import refuse_unknown

__all__ = ["session_503_or_200_error"]


@fault
def session_503_or_200_error() -> Setup:
    """A session that the server does not know is answered 200 with an error inside.

    zilla (aklivity/zilla#2525), by POST.
    """
    body = (
        '{"jsonrpc":"2.0","id":null,"error":'
        '{"code":-32600,"message":"Invalid Request: unknown session"}}'
    )
    return Setup(wrap=refuse_unknown(lambda: answer(200, body, "application/json")))
