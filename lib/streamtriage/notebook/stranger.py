"""A notebook from a stranger, rebuilt from those of its parts that a ticket needs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from nbformat.v4 import (
    new_code_cell,
    new_markdown_cell,
    new_notebook,
    new_output,
)

from streamtriage.ticket import MIMETYPE, NotATicketError
from streamtriage.ticket.reading import parsed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

__all__ = [
    "OUTPUT_LIMIT",
    "notebook_content",
    "rebuilt",
    "remarks_on",
    "size_of",
    "without_large",
]

_TEXTS = ("text/markdown", "text/plain", "image/svg+xml")
_IMAGES = ("image/png", "image/jpeg")
# A runbook's largest pane has some ten thousand characters.
OUTPUT_LIMIT = 2_000_000
_CELLS_LIMIT = 500
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
# HTML is kept only where it is nothing but a drawing in its own address: such an image
# runs no script and loads nothing.
_DRAWING = re.compile(
    r'\s*(?:<img(?: (?:alt|width|height|style|class)="[^"<>]*")*'
    r' src="data:image/svg\+xml;base64,[A-Za-z0-9+/=]+"'
    r'(?: (?:alt|width|height|style|class)="[^"<>]*")*\s*/?>\s*)+'
)
_BASE64 = re.compile(r"[A-Za-z0-9+/=\s]*")
_WATCHING = "_So far; the watch goes on._"


def notebook_content(text: str) -> dict[str, Any]:
    """Parse the text of a notebook; raises NotATicketError."""
    content = parsed(text)
    if isinstance(content, dict) and isinstance(content.get("cells"), list):
        return content
    if isinstance(content, dict) and "worksheets" in content:
        raise NotATicketError(
            "it is a notebook in version 3 of the format, which this tool never wrote"
        )
    raise NotATicketError("it is no notebook")


def rebuilt(content: Mapping[str, Any], report: str, look: Callable[[str], str]) -> Any:  # noqa: ANN401 - nbformat has no types
    """Return a new notebook of text, Markdown and images, each text passed by `look`.

    Scripts, HTML, widgets, attachments and whatever else may be in a file are left
    behind. Every attached report is replaced by `report`.
    """
    cells = [cell for cell in content["cells"] if isinstance(cell, dict)]
    kept = (
        _cell(cell, place, report, look)
        for place, cell in enumerate(cells[:_CELLS_LIMIT], 1)
    )
    return new_notebook(cells=[cell for cell in kept if cell is not None])


def remarks_on(content: Mapping[str, Any]) -> tuple[str, ...]:
    """Say what a reader must know of how the notebook was executed."""
    cells = [c for c in content["cells"] if isinstance(c, dict)]
    code = [c for c in cells if c.get("cell_type") == "code"]
    left = sum(not isinstance(c.get("execution_count"), int) for c in code)
    outputs = [o for c in code for o in _dicts(c.get("outputs"))]
    shown = [_text((o.get("data") or {}).get("text/markdown")) for o in outputs]
    failed = [o for o in outputs if o.get("output_type") == "error"]
    found = []
    if any("> **Rehearsal.**" in text for text in shown):
        found.append(
            "A rehearsal on the built-in fault lab. Nothing here is about a real "
            "server."
        )
    if any(_WATCHING in text for text in shown):
        found.append("The notebook was saved while the silent watch still went on.")
    if left:
        found.append(f"{left} of {len(code)} cells had not been executed.")
    if failed:
        found.append(
            f"A cell stopped with an exception: {_text(failed[0].get('ename'))}."
        )
    return tuple(found)


def without_large(notebook: Any, limit: int) -> Any:  # noqa: ANN401
    """Return the notebook's cells with a note in place of what is larger than that."""
    for cell in notebook.cells:
        for output in list(cell.get("outputs", [])):
            if size_of(output) > limit:
                cell.outputs[cell.outputs.index(output)] = new_output(
                    "display_data", data={"text/markdown": _left_out(size_of(output))}
                )
    return notebook


def size_of(output: Any) -> int:  # noqa: ANN401
    """Return how many characters an output shows."""
    data = output.get("data", {})
    shown = sum(len(value) for kind, value in data.items() if kind != MIMETYPE)
    return shown + len(output.get("text", ""))


def _left_out(size: int) -> str:
    return f"_Left out here: {size // 1000} kB. It is in the notebook._"


def _cell(
    cell: Mapping[str, Any], place: int, report: str, look: Callable[[str], str]
) -> Any:  # noqa: ANN401
    source = look(_text(cell.get("source"))[:OUTPUT_LIMIT])
    given = cell.get("id")
    name = given if isinstance(given, str) and _ID.fullmatch(given) else f"cell-{place}"
    if cell.get("cell_type") == "markdown":
        return new_markdown_cell(source, id=name)
    if cell.get("cell_type") != "code":
        return None
    tags = (cell.get("metadata") or {}).get("tags")
    kept = [tag for tag in ("parameters", "injected-parameters") if tag in (tags or ())]
    count = cell.get("execution_count")
    return new_code_cell(
        source,
        id=name,
        metadata={"tags": kept} if kept else {},
        execution_count=count if isinstance(count, int) else None,
        outputs=[
            o
            for each in _dicts(cell.get("outputs"))
            for o in _output(each, report, look)
        ],
    )


def _output(
    output: Mapping[str, Any], report: str, look: Callable[[str], str]
) -> Iterator[Any]:
    kind = output.get("output_type")
    if kind == "stream":
        text = look(_text(output.get("text"))[:OUTPUT_LIMIT])
        name = "stderr" if output.get("name") == "stderr" else "stdout"
        yield new_output("stream", name=name, text=text)
    elif kind == "error":
        said = f"{_text(output.get('ename'))}: {_text(output.get('evalue'))}"
        yield new_output("stream", name="stderr", text=look(said[:4000]) + "\n")
    elif isinstance(output.get("data"), dict):
        data = dict(_representations(output["data"], report, look))
        if data:
            yield new_output("display_data", data=data)


def _representations(
    data: Mapping[str, Any], report: str, look: Callable[[str], str]
) -> Iterator[tuple[str, str]]:
    for kind in _TEXTS:
        if kind in data:
            text = _text(data[kind])
            yield (
                kind,
                look(text) if len(text) <= OUTPUT_LIMIT else _left_out(len(text)),
            )
    drawing = _text(data.get("text/html"))
    if len(drawing) <= OUTPUT_LIMIT and _DRAWING.fullmatch(drawing):
        yield "text/html", drawing
    for kind in _IMAGES:
        image = _text(data.get(kind))
        if image and len(image) <= OUTPUT_LIMIT and _BASE64.fullmatch(image):
            yield kind, image
    if MIMETYPE in data:
        yield MIMETYPE, report


def _text(value: object) -> str:
    if isinstance(value, list):
        return "".join(part for part in value if isinstance(part, str))
    return value if isinstance(value, str) else ""


def _dicts(value: object) -> list[dict[str, Any]]:
    return [v for v in value if isinstance(v, dict)] if isinstance(value, list) else []
