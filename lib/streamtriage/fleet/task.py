"""What runs on a worker: one triage, on the worker's own event loop.

Dask runs a coroutine function there without a thread of its own, so that one worker
process has as many triages open as it has slots (`--nthreads`), and each of them
mostly waits.
"""

from __future__ import annotations

import asyncio
import os
import re
from typing import TYPE_CHECKING, NotRequired, TypedDict

from distributed import get_client, get_worker

from streamtriage.fleet.admission import Door
from streamtriage.fleet.backoff import asked_wait_s, tell_everybody, told_wait_s
from streamtriage.fleet.row import row_of
from streamtriage.fleet.targets import FleetTarget
from streamtriage.judging import saved_json
from streamtriage.languages import translate
from streamtriage.redaction import shown_text
from streamtriage.transport.target import IntakeError
from streamtriage.triage import triage

if TYPE_CHECKING:
    from streamtriage.fleet.row import WhyUnknown

__all__ = ["Answer", "Question", "ask"]

# What a triage may take beside its watches, at the very most.
MARGIN_S = 300.0


class Question(TypedDict):
    """What is sent to a worker: names of secrets, never a secret.

    `target` is a `FleetTarget` as JSON; `at_once` bounds the triages of one process.
    """

    target: str
    vantage: str
    digest: str
    authority: str
    hold_s: float
    at_once: int


class Answer(TypedDict):
    """What comes back: a row and a redacted report as JSON, or why there are none.

    Both are made here, where there are many processors and not one. `leave_alone_s` is
    how long the host wants no more requests. With `held` nothing was sent, since
    somebody else had been told so.
    """

    worker: str
    row: NotRequired[str]
    report: NotRequired[str]
    why: NotRequired[WhyUnknown]
    summary: NotRequired[str]
    leave_alone_s: NotRequired[float]
    held: NotRequired[bool]


_doors: dict[tuple[int, int], Door] = {}


async def ask(question: Question) -> Answer:
    """Triage one target from here; whatever goes wrong is an answer too."""
    at_once = question["at_once"]
    which = id(asyncio.get_running_loop()), at_once
    async with _doors.setdefault(which, Door(at_once)).passed():
        return await _ask(question)


async def _ask(question: Question) -> Answer:
    worker = str(get_worker().name)
    client, authority = get_client(), question["authority"]
    wait_s = await told_wait_s(client, authority)
    if wait_s > 0:
        return {"worker": worker, "leave_alone_s": wait_s, "held": True}
    target = FleetTarget.model_validate_json(question["target"])
    hold_s = target.hold(question["hold_s"])
    given: Answer = {"worker": worker}
    try:
        async with asyncio.timeout(2 * hold_s + target.idle_s + MARGIN_S):
            intake = target.intake(hold_s, _address(target.url))
            report = (await triage(intake)).shown
    except IntakeError as problem:
        given["why"], given["summary"] = "cannot be used", shown_text(str(problem))
    except TimeoutError:
        given["why"], given["summary"] = "timed out", "The triage took far too long."
    except Exception as problem:  # noqa: BLE001 - shown as what it is
        said = (
            f"This tool failed ({type(problem).__name__}); the server was not judged."
        )
        given["why"], given["summary"] = "crashed", said
    else:
        where = target, question["vantage"], question["digest"]
        given["row"] = row_of(*where, report, worker=worker).model_dump_json()
        given["report"] = saved_json(report)
        leave_alone_s = asked_wait_s(report)
        if leave_alone_s is not None:
            given["leave_alone_s"] = leave_alone_s
            await tell_everybody(client, authority, leave_alone_s)
    return given


def _address(url: str) -> str:
    """Return an address that only this machine knows, where the list names one."""
    named = re.fullmatch(r"env:(\w+)", url)
    if named is None:
        return ""
    value = os.environ.get(named[1], "").strip()
    if not value:
        raise IntakeError(
            translate(
                "The environment variable {named}, which should hold the "
                "server's URL, is not set or is empty on this worker. "
                "Export it where the worker starts.",
                named=named[1],
            )
        )
    return value
