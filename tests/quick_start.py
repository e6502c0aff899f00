"""Programs of others, as `python -m` runs them, but for one grammar.

JupyterLab brings a grammar of addresses that jsonschema builds whenever it is imported.
That takes over a second of each process, and no notebook's schema asks for it.
"""

from __future__ import annotations

import sys

__all__ = ["GRAMMAR", "quickly"]

GRAMMAR = "rfc3987_syntax"
_RUN = f"""
import runpy, sys
sys.modules[{GRAMMAR!r}] = None
import jsonschema
del sys.modules[{GRAMMAR!r}]
runpy.run_module(sys.argv.pop(1), run_name="__main__", alter_sys=True)
"""


def quickly(module: str) -> tuple[str, ...]:
    """Return the words that run a module as `python -m` does."""
    return (sys.executable, "-c", _RUN, module)
