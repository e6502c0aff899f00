"""One place in the notebook: it lives while a kernel does, and is kept as Markdown."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from IPython.display import display

from streamtriage.charts import image_html, stacked
from streamtriage.languages import translate
from streamtriage.notebook.frontend import hides_copies, somebody_looks_on
from streamtriage.notebook.leaving import OUTBOX

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from streamtriage.charts import Picture

__all__ = ["Pane", "Together", "picture_bundle"]


_KEPT = (
    "_Kept at {at:%Y-%m-%d %H:%M:%S} UTC. In Jupyter this line means that nothing here "
    "is alive: the kernel was restarted or has gone. Run all cells again._\n\n"
)
_KEPT_BELOW = (
    "_Kept at {at:%Y-%m-%d %H:%M:%S} UTC for readers without a kernel; what stands "
    "above it is alive as long as the kernel is._\n\n"
)


class Pane:
    """A cell's output; `refresh` replaces it where it is already shown.

    Where somebody looks on it is a widget, whose state is in the kernel: a page that
    was loaded again, slept or was opened twice shows the present. Behind it, unseen
    while the widget lives, is a plain output for readers without a kernel. Where nobody
    looks on there is the plain one alone.

    `attached` gives more representations, which frontends keep and do not show. `html`
    is what the widget shows, if not the Markdown. A pane that is not `live` but `dated`
    is the copy of a widget that stands elsewhere.

    `ipywidgets.Output` is never used: it hangs papermill and leaves nothing behind in a
    saved notebook (nbclient#312). Pictures are an output of their own above the
    Markdown, which tells what they show and more, or `below` it. Where `draw` gives
    none, there is no such output; None keeps a place for some.
    """

    def __init__(  # noqa: PLR0913 - what a pane may show
        self,
        title: str,
        render: Callable[[], str],
        draw: Callable[[], Sequence[Picture] | None] = tuple,
        *,
        below: bool = False,
        attached: Callable[[], Mapping[str, str]] = dict,
        html: Callable[[], str] | None = None,
        live: bool | None = None,
        dated: bool = False,
    ) -> None:
        self._title = title
        self._render = render
        self._draw = draw
        self._below = below
        self._attached = attached
        self._html = html
        self._live = somebody_looks_on() if live is None else live
        self._dated = self._live or dated
        self._widget: Any = None
        self._kept = 1
        self._shown: str | None = None
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
        self._shown = self.text
        drawn = self._draw()
        pictured = drawn is None or bool(drawn)
        self._pictured = tuple(drawn or ())
        self._kept = 1 + pictured
        if self._live:
            self._show_widget()
        if pictured and not self._below:
            self._show_pictures()
        self._handle = display(self._bundle(), raw=True, display_id=True)
        if pictured and self._below:
            self._show_pictures()

    def _show_widget(self) -> None:
        # What draws the page is slow to import, and a run without a screen needs none.
        from streamtriage.notebook.live import living, with_fallback  # noqa: PLC0415

        if self._widget is None:
            self._widget = living()
        self._widget.value = self._alive()
        words = f"{self._title}: alive while a kernel runs; what is kept of it follows."
        display(with_fallback(self._widget, words), raw=True)

    def _show_pictures(self) -> None:
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
        if self._widget is not None:
            self._widget.value = self._alive()

    def _alive(self) -> str:
        from streamtriage.notebook.live import dressed, from_markdown  # noqa: PLC0415

        if self._html is not None:
            return dressed(self._html(), self._kept)
        whole = stacked(self._pictured)
        drawn = image_html(whole) if whole is not None else ""
        text = from_markdown(self._shown or "")
        parts = (text, drawn) if self._below else (drawn, text)
        return dressed("".join(parts), self._kept)

    def _bundle(self) -> dict[str, str]:
        kept = as_kept() if self._dated else ""
        shown = {"text/markdown": f"{kept}{self._shown}", "text/plain": self._title}
        shown |= self._attached()
        return {kind: OUTBOX.look(text) for kind, text in shown.items()}


def as_kept() -> str:
    """Say in Markdown that what follows is a copy, of when, and what to do about it."""
    now = datetime.now(UTC)
    return translate(_KEPT if hides_copies() else _KEPT_BELOW, at=now)


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
        "text/html": OUTBOX.look(image_html(whole)),
        "image/svg+xml": OUTBOX.look(whole.svg),
        "text/plain": OUTBOX.look(f"{whole.title}. {whole.alt}"),
    }
