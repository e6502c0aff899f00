"""What a living pane shows: HTML of our own, with its style, in a widget."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets
import mistune

from streamtriage.languages import translate
from streamtriage.markup.html import Html, tag
from streamtriage.notebook.clean_html import cleaned
from streamtriage.notebook.leaving import OUTBOX

if TYPE_CHECKING:
    from streamtriage.markup.html import Html as Markup

__all__ = ["dressed", "from_markdown", "line", "living", "with_fallback"]

# Buttons in a widget have no script of the page behind them. Nothing foreign is in it:
# it copies the text of the element beside it, as it is shown.
_COPY = (
    "const b=this,t=b.parentElement.querySelector('pre'),l=b.textContent;"
    "const say=w=&gt;{b.textContent=w;setTimeout(()=&gt;{b.textContent=l},2000)};"
    "const mark=()=&gt;{const r=document.createRange();r.selectNodeContents(t);"
    "getSelection().removeAllRanges();getSelection().addRange(r);"
    "say(document.execCommand('copy')?'COPIED':'SELECTED')};"
    "navigator.clipboard?navigator.clipboard.writeText(t.textContent)"
    ".then(()=&gt;say('COPIED'),mark):mark()"
)
_BUTTON = '<button type="button" class="copy"'


def living(content: str = "", kept: int = 0) -> Any:  # noqa: ANN401 - ipywidgets has no types
    """Return a widget that shows HTML of our own; its state is in the kernel."""
    return widgets.HTML(value=dressed(content, kept), layout={"width": "auto"})


def dressed(content: str, kept: int = 0) -> str:
    """Return what a widget shows, with its style and with buttons that copy.

    `kept` is how many plain outputs follow, for readers without a kernel.
    """
    copy = _COPY.replace("COPIED", translate("Copied"))
    copy = copy.replace("SELECTED", translate("Selected: press Ctrl+C"))
    working = OUTBOX.look(str(content)).replace(_BUTTON, f'{_BUTTON} onclick="{copy}"')
    marked = f" streamtriage-live kept-{kept}" if kept else ""
    return f'<style>{_style()}</style><div class="streamtriage{marked}">{working}</div>'


def from_markdown(text: str) -> Markup:
    """Return the Markdown of a pane as HTML, with nothing in it that runs or loads."""
    return Html(cleaned(_markdown()(text)))


def with_fallback(widget: Any, words: str) -> dict[str, Any]:  # noqa: ANN401
    """Return how a widget is displayed, with words for who sees no widgets.

    ipywidgets 7, which Colab keeps, has no public way to ask for it; 8 has the same.
    """
    view = {"version_major": 2, "version_minor": 0, "model_id": widget.model_id}
    return {"application/vnd.jupyter.widget-view+json": view, "text/plain": words}


def line(text: str, kind: str) -> Markup:
    """Return one line of plain words."""
    return tag("p", text, class_=kind)


@cache
def _style() -> str:
    return files("streamtriage.notebook").joinpath("panes.css").read_text("utf-8")


@cache
def _markdown() -> mistune.Markdown:
    return mistune.create_markdown(escape=False, plugins=["table", "strikethrough"])
