"""One place in the notebook: Markdown that can be replaced while a run goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from IPython.display import display

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["Pane"]


class Pane:
    """A cell's output; `refresh` replaces it where it is already shown.

    `attached` gives more representations, which frontends keep and do not show.

    Display handles are used and never `ipywidgets.Output`, which hangs papermill and
    leaves nothing behind in a saved notebook (nbclient#312).
    """

    def __init__(
        self,
        title: str,
        render: Callable[[], str],
        attached: Callable[[], Mapping[str, str]] = dict,
    ) -> None:
        self._title = title
        self._render = render
        self._attached = attached
        self._shown = ""
        self._handle: Any = None

    @property
    def text(self) -> str:
        """The Markdown that there is now."""
        return self._render()

    def _ipython_display_(self) -> None:
        self._shown = self.text
        self._handle = display(self._bundle(), raw=True, display_id=True)

    def refresh(self) -> None:
        """Show what there is now, if the pane is shown and that has changed."""
        text = self.text
        if self._handle is not None and text != self._shown:
            self._shown = text
            self._handle.update(self._bundle(), raw=True)

    def _bundle(self) -> dict[str, str]:
        shown = {"text/markdown": self._shown, "text/plain": self._title}
        return shown | dict(self._attached())
