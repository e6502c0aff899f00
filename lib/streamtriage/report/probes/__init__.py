"""What each probe saw, in words: one file a probe, as each is one file that asks.

They stand apart from the files that ask: a saved report is shown without a network.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from streamtriage.languages import translate
from streamtriage.model import ProbeId
from streamtriage.phrases import FAILURES
from streamtriage.report.document import Row
from streamtriage.report.probes.told import TOLD

if TYPE_CHECKING:
    from streamtriage.model import Evidence, Failure

__all__ = ["ASKED", "facts", "question"]

for _path in sorted(Path(__file__).parent.glob("*.py")):
    if _path.stem != "__init__":
        import_module(f"{__name__}.{_path.stem}")

# In the order of the story. What our own fault broke is no question to a server.
ASKED = tuple(probe for probe in get_args(ProbeId) if probe != "bug")

_silent = {*get_args(ProbeId)} - TOLD.keys()
if _silent:
    raise ImportError(
        f"nothing in report/probes/ says what {', '.join(sorted(_silent))} found: "
        "write a file of that name with a function that `tells`"
    )


def question(probe: str) -> str:
    """Return the question that a probe answers."""
    return translate(TOLD[probe].question) if probe in TOLD else translate(probe)


def facts(seen: Evidence) -> tuple[Row, ...]:
    """Return what one probe found out, apart from its exchanges."""
    rows = [Row("Not run", seen.skipped)]
    if seen.failure:
        rows.append(Row("Failed", _failed(seen.failure, seen.failure_detail)))
    rows += TOLD[seen.probe].rows(seen)
    return tuple(row for row in rows if row.value)


def _failed(failure: Failure, detail: str) -> str:
    said = (translate(FAILURES[failure]), translate(detail))
    return translate(": ").join(filter(None, said))
