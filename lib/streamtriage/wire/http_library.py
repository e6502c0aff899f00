"""The one import of httpx, without the command line that httpx brings.

httpcore, on which httpx stands, is imported by `network`, when something is sent.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from streamtriage.on_first_use import Later

__all__ = ["httpcore", "httpx"]

# Where rich and click are installed, `import httpx` also imports its own command line,
# with the lexers that colour its output: two thirds of its time, and nothing we use.
# httpx itself goes on where that import fails, and None in this table makes it fail.
_COMMAND_LINE = "httpx._main"
_UNWANTED = "httpx" not in sys.modules and _COMMAND_LINE not in sys.modules
if _UNWANTED:
    sys.modules[_COMMAND_LINE] = None  # type: ignore[assignment]
try:
    import httpx
finally:
    if _UNWANTED:
        del sys.modules[_COMMAND_LINE]

if TYPE_CHECKING:
    import httpcore
else:
    httpcore = Later("httpcore")
