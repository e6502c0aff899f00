"""The fault `get-200-html-or-json`."""

from __future__ import annotations

from streamtriage.lab.asgi import answer, on_get
from streamtriage.lab.scenario import Setup, fault

__all__ = ["get_200_html_or_json"]


@fault
def get_200_html_or_json() -> Setup:
    """A GET is answered 200 with a JSON document.

    prompts.chat before its pull request 1117: a status page on the MCP path.
    """
    body = '{"name":"lab","status":"ok"}'
    return Setup(wrap=on_get(lambda: answer(200, body, "application/json")))
