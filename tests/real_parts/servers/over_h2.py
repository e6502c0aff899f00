"""The lab's MCP server as an ASGI app for HTTP/2; MODE says what is wrong with it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from streamtriage.lab.asgi import answer, keep_alive, on_get
from streamtriage.lab.connection_ends import ended_at_age
from streamtriage.lab.server import mcp_app

if TYPE_CHECKING:
    from starlette.types import ASGIApp

CUT_S = 1.6

sound: ASGIApp = keep_alive(0.4)(mcp_app())
refused: ASGIApp = on_get(lambda: answer(501, "GET is not implemented"))(sound)
MODES = {"sound": sound, "refused": refused, "cut": ended_at_age(CUT_S)(sound)}
app = MODES[os.environ.get("MODE", "sound")]
