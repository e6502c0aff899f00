"""One comparison in one kernel: two sides, and the panes that follow."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from streamtriage.apps.compare import panes
from streamtriage.apps.compare.form import Form
from streamtriage.apps.compare.inputs import from_file, measured, same_kind
from streamtriage.apps.compare.parameters import (
    REHEARSAL,
    ComparisonParameters,
)
from streamtriage.apps.named import check_injected, rehearsal_asked, unnamed
from streamtriage.languages import translate
from streamtriage.markup.markdown import cells, plain, table
from streamtriage.notebook.frontend import somebody_looks_on
from streamtriage.notebook.pane import Pane
from streamtriage.redaction import shown_text
from streamtriage.transport.target import IntakeError

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamtriage.apps.compare.inputs import Side
    from streamtriage.apps.compare.panes import Compared

__all__ = ["Comparing", "compare"]

_REHEARSAL = (
    "> **Rehearsal.** No files were given, so two servers of this runbook's own were "
    "probed: one behind a gateway that refuses GET, and one reached at its origin.\n\n"
)


def compare(**parameters: Any) -> Comparing:  # noqa: ANN401 - checked by the model
    """Check the notebook's parameters, and compare unless a form asks first.

    Raises ParameterError, in words. Call it from a cell: a rehearsal needs the kernel's
    event loop.
    """
    check_injected(ComparisonParameters)
    return Comparing(ComparisonParameters.read(parameters))


class Comparing:
    """What the cells of the comparison show; cells wait only where nobody looks on."""

    def __init__(self, parameters: ComparisonParameters) -> None:
        self._given = parameters
        ask = parameters.ask
        self._asks = somebody_looks_on() if ask == "auto" else bool(ask)
        self._panes: dict[str, Pane] = {}
        self._task: asyncio.Task[None] | None = None
        self._rehearses = False
        self._problem = ""
        self.found: Compared | None = None
        status = self._pane("status", self._status)
        self._form = (
            Form(parameters, status, self._pressed, self._changed)
            if self._asks
            else None
        )
        if parameters.rehearses:
            self._rehearse()
        elif parameters.broken:
            broken = from_file(parameters.broken, "broken")
            self._compare(broken, from_file(parameters.working, "working"))
        elif not self._asks and rehearsal_asked():
            self._rehearse()
        elif not self._asks:
            raise unnamed(
                "broken", translate("the file of the failing side"), f"{REHEARSAL!r}"
            )

    def form(self) -> Form | Pane:
        """Show the form, or where nobody looks on, what was given."""
        return self._form or self._pane("what was given", self._entered)

    async def sides(self) -> Pane:
        """Show which two are compared."""
        return await self._reported("the two sides", panes.sides)

    async def differences(self) -> Pane:
        """Show what differs."""
        return await self._reported("what differs", panes.differences)

    async def change(self) -> Pane:
        """Show the one change to try."""
        return await self._reported("what to change first", panes.change)

    async def again(self) -> Pane:
        """Show what to run after the change."""
        return await self._reported("what to run then", panes.again)

    async def _reported(self, name: str, show: Callable[[Compared], str]) -> Pane:
        if not self._asks and self._task is not None:
            await self._task
        return self._pane(name, lambda: self._whole(show))

    def _pane(self, name: str, render: Callable[[], str]) -> Pane:
        self._panes[name] = Pane(name.capitalize(), render)
        return self._panes[name]

    def _whole(self, show: Callable[[Compared], str]) -> str:
        if self.found is not None:
            return f"{panes.of_runs(self.found)}{show(self.found)}"
        if self._task is not None and not self._task.done():
            return translate(
                "_Two servers are being probed; this fills in by itself._\n"
            )
        return translate(
            "_Press **Compare** in the form above; this fills in by itself._\n"
        )

    def _status(self) -> str:
        if self._problem:
            return f"**{plain(self._problem)}**\n"
        if self._task is not None and not self._task.done():
            return translate(_REHEARSAL) + translate("**Probing both** …\n")
        if self.found is not None:
            done = translate("**Done.** {says}\n", says=plain(self.found.says))
            return f"{self._entered()}\n{done}"
        return translate("Name two files or upload them, and press **Compare**.\n")

    def _entered(self) -> str:
        names = {"broken": self._given.broken, "working": self._given.working}
        if self._form is not None:
            names = self._form.names()
        told = shown_text(self._form.error.value if self._form else self._given.error)
        rows = (
            (translate("The failing side"), names["broken"] or "—"),
            (translate("The working side"), names["working"] or "—"),
            (translate("What was printed"), told or "—"),
        )
        shown = table((translate("What was given"), translate("Value")), cells(rows))
        return (translate(_REHEARSAL) if self._rehearses else "") + shown

    # --- comparing ----------------------------------------------------------------

    def _pressed(self) -> None:
        if self._form is None or (self._task is not None and not self._task.done()):
            return
        self._problem, self.found, self._rehearses = "", None, False
        try:
            given = self._form.sides()
            if given is None:
                self._rehearse()
            else:
                self._compare(*given)
        except IntakeError as problem:
            self._problem = str(problem)
        self._changed()

    def _rehearse(self) -> None:
        self._rehearses = True
        self._task = asyncio.get_running_loop().create_task(self._measure())

    async def _measure(self) -> None:
        try:
            self._compare(*await measured(lambda: None), same_service=True)
        except Exception as problem:
            self._problem = translate(
                "The tool failed ({name}): {problem}",
                name=type(problem).__name__,
                problem=problem,
            )
            raise
        finally:
            asyncio.get_running_loop().call_soon(self._changed)

    def _compare(
        self, broken: Side, working: Side, *, same_service: bool = False
    ) -> None:
        same_kind(broken, working)
        form, given = self._form, self._given
        error = form.error.value if form else given.error
        said = form.same_service.value if form else given.same_service
        self.found = panes.compared(
            broken, working, error, same_service=same_service or said
        )

    def _changed(self) -> None:
        for pane in self._panes.values():
            pane.refresh()
