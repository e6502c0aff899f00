"""One place in the notebook: Markdown that can be replaced while a run goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from IPython.display import display

from streamtriage.report.pictures import image_html, stacked

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from streamtriage.report.pictures import Picture

__all__ = ["Pane", "Together", "picture_bundle"]


class Pane:
    """A cell's output; `refresh` replaces it where it is already shown.

    `attached` gives more representations, which frontends keep and do not show.

    Display handles are used and never `ipywidgets.Output`, which hangs papermill and
    leaves nothing behind in a saved notebook (nbclient#312). Pictures are an output of
    their own above the Markdown, which tells what they show and more, or `below` it.
    Where `draw` gives none, there is no such output; None keeps a place for some.
    """

    def __init__(
        self,
        title: str,
        render: Callable[[], str],
        draw: Callable[[], Sequence[Picture] | None] = tuple,
        *,
        below: bool = False,
        attached: Callable[[], Mapping[str, str]] = dict,
    ) -> None:
        self._title = title
        self._render = render
        self._draw = draw
        self._below = below
        self._attached = attached
        self._shown = ""
        self._pictured: Sequence[Picture] = ()
        self._handle: Any = None
        self._picture_handle: Any = None

    @property
    def text(self) -> str:
        """The Markdown that there is now."""
        return self._render()

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """The pictures that there are now."""
        return tuple(self._draw() or ())

    def _ipython_display_(self) -> None:
        if not self._below:
            self._show_pictures()
        self._shown = self.text
        self._handle = display(self._bundle(), raw=True, display_id=True)
        if self._below:
            self._show_pictures()

    def _show_pictures(self) -> None:
        drawn = self._draw()
        if drawn is None or drawn:
            self._pictured = tuple(drawn or ())
            images = picture_bundle(self._pictured)
            self._picture_handle = display(images, raw=True, display_id=True)

    def refresh(self) -> None:
        """Show what there is now, if the pane is shown and that has changed."""
        text = self.text
        if self._handle is None or text == self._shown:
            return
        self._shown = text
        self._handle.update(self._bundle(), raw=True)
        # Drawing anew costs too much for each news of a run, and what a picture shows
        # stands in the text as well.
        if self._picture_handle is not None and self.pictures != self._pictured:
            self._pictured = self.pictures
            self._picture_handle.update(picture_bundle(self._pictured), raw=True)

    def _bundle(self) -> dict[str, str]:
        shown = {"text/markdown": self._shown, "text/plain": self._title}
        return shown | dict(self._attached())


class Together:
    """What one cell shows below each other, each by its own way to show itself."""

    def __init__(self, parts: Sequence[object]) -> None:
        self.parts = tuple(parts)

    @property
    def text(self) -> str:
        """The Markdown of those parts that are panes."""
        return "\n".join(part.text for part in self.parts if isinstance(part, Pane))

    def _ipython_display_(self) -> None:
        for part in self.parts:
            display(part)


def picture_bundle(drawn: Sequence[Picture]) -> dict[str, str]:
    """Return pictures, as one, in the forms that a frontend may choose from.

    First as an image with alternative text: JupyterLab shows a bare `image/svg+xml`
    without one, and not at all in a notebook that is not trusted; code hosts take the
    drawing apart. The drawing itself is for those that drop all HTML.
    """
    whole = stacked(drawn)
    if whole is None:
        return {"text/html": "", "text/plain": ""}
    return {
        "text/html": image_html(whole),
        "image/svg+xml": whole.svg,
        "text/plain": f"{whole.title}. {whole.alt}",
    }
