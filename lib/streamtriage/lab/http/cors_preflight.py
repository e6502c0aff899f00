"""The fault `cors-preflight`."""

from __future__ import annotations

from streamtriage.lab.refusing import INSPECTOR
from streamtriage.lab.scenario import Setup, fault

__all__ = ["cors_preflight"]


@fault
def cors_preflight() -> Setup:
    """The server answers no preflight, and the client runs in a browser.

    The Python SDK's app as it is: OPTIONS is 405.
    """
    return Setup(intake=INSPECTOR)
