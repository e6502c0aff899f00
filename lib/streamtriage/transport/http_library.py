"""The one import of httpx, without the command line that httpx brings.

httpcore, on which httpx stands, is imported by `network`, when something is sent.
"""

from __future__ import annotations

import contextlib
from importlib import import_module
from typing import TYPE_CHECKING

from streamtriage.on_first_use import Later, without

if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["httpcore", "httpx", "import_http2", "import_httpcore"]


# Where rich and click are installed, `import httpx` also imports its own command line,
# with the lexers that colour its output: two thirds of its time, and nothing we use.
with without("httpx", "httpx._main"):
    import httpx

if TYPE_CHECKING:
    import httpcore
else:
    httpcore = Later("httpcore")

# What speaks HTTP/2 takes as long to import as all else that sends together.
_HTTP2 = "httpcore._async.http2", "httpcore._sync.http2"


def import_httpcore() -> ModuleType:
    """Import httpcore without what speaks HTTP/2, which it imports when it must."""
    with without("httpcore", *_HTTP2):
        return import_module("httpcore")


def import_http2() -> None:
    """Import what speaks HTTP/2, lest the first answer in it waits for that."""
    # Where h2 is not installed nobody offers it.
    with contextlib.suppress(ImportError):
        import_module(_HTTP2[0])
