"""The fault lab: a real MCP server with exactly one fault at a time laid over it."""

from __future__ import annotations

import contextlib
from importlib.util import find_spec
from typing import TYPE_CHECKING

from streamtriage.lab.running import Lab, run
from streamtriage.lab.scenario import Scenario
from streamtriage.lab.sound_servers import (
    healthy,
    healthy_get_405,
    healthy_in_browser,
    healthy_modern,
    healthy_resumable,
)
from streamtriage.registry import collect_by_layer

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["FAULTS", "SCENARIOS", "SOUND", "Lab", "Scenario", "scenario", "serve"]

SOUND: tuple[Scenario, ...] = (
    healthy,
    healthy_get_405,
    healthy_modern,
    healthy_resumable,
    healthy_in_browser,
)

# One a file, in the folder of the layer of the cause that it reproduces.
FAULTS = collect_by_layer(__name__, Scenario)
SCENARIOS = SOUND + FAULTS


def scenario(name: str) -> Scenario:
    """Return the scenario of this name.

    Raises LookupError, with the nearest names, if there is none.
    """
    for each in SCENARIOS:
        if each.name == name:
            return each
    raise LookupError(
        f"No scenario is called {name!r}. There are: "
        + ", ".join(each.name for each in SCENARIOS)
    )


# What the servers are made of; nobody else needs it.
_NEEDED = ("mcp", "trustme", "uvicorn")


@contextlib.contextmanager
def serve(name: str, port: int = 0) -> Iterator[Lab]:
    """Serve the scenario of this name on loopback until the block ends.

    Raises LookupError for an unknown name, OSError if the port is taken, and
    ModuleNotFoundError, with how to mend it, where the lab is not installed.
    """
    lacking = next((each for each in _NEEDED if find_spec(each) is None), None)
    if lacking is not None:
        raise ModuleNotFoundError(
            f"{lacking} is missing. Install it: pip install 'streamtriage[lab]'.",
            name=lacking,
        )
    with run(scenario(name), port) as lab:
        yield lab
