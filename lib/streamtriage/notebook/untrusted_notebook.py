"""A notebook from a stranger, rebuilt from those of its parts that a ticket needs."""

from __future__ import annotations

import ast
import re
from functools import cache
from typing import TYPE_CHECKING, Any

from nbformat.v4 import (
    new_code_cell,
    new_markdown_cell,
    new_notebook,
    new_output,
)

from streamtriage.languages import translate
from streamtriage.notebook import export
from streamtriage.notebook.paths import runbook_paths
from streamtriage.ticket import MIMETYPE, NotATicketError
from streamtriage.ticket.files_in import parsed, refuse_old

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

__all__ = [
    "OUTPUT_LIMIT",
    "notebook_content",
    "rebuilt",
    "rehearsed",
    "remarks_on",
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
# What a browser or a notebook would run, load or lay over the page.
_TAG = re.compile(r"<(?P<end>/?)(?P<name>[A-Za-z][A-Za-z0-9]*)\b(?P<rest>[^<>]*)>")
_ACTIVE = frozenset(
    ("script", "style", "iframe", "object", "embed", "svg", "math", "form", "template")
)
_RUNS = re.compile(r"\bon[a-z]+\s*=|\b(?:java|vb)script\s*:|\bdata\s*:", re.IGNORECASE)
_FOREIGN = (
    "_Left out here: a cell that is no part of the runbook, and what it printed. It is "
    "in the notebook that this was made of._"
)
_WATCHING = "_So far; the watch goes on._"


def notebook_content(text: str) -> dict[str, Any]:
    """Parse the text of a notebook; raises NotATicketError."""
    content = parsed(text)
    if isinstance(content, dict) and isinstance(content.get("cells"), list):
        return content
    refuse_old(content)
    raise NotATicketError(translate("it is no notebook"))


def rebuilt(content: Mapping[str, Any], report: str, look: Callable[[str], str]) -> Any:  # noqa: ANN401 - nbformat has no types
    """Return a new notebook of text, Markdown and images, each text passed by `look`.

    Scripts, HTML, widgets, attachments and whatever else may be in a file are left
    behind, and of code that is no runbook's both the code and its output. Every
    attached report is replaced by `report`.
    """
    cells = [cell for cell in content["cells"] if isinstance(cell, dict)]
    kept = (
        _cell(cell, place, report, look)
        for place, cell in enumerate(cells[:_CELLS_LIMIT], 1)
    )
    return new_notebook(cells=[cell for cell in kept if cell is not None])


def rehearsed() -> str:
    """Say that the lab played the server."""
    return translate(
        "A rehearsal on the built-in fault lab. Nothing here is about a real server."
    )


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
        found.append(rehearsed())
    if any(_WATCHING in text for text in shown):
        found.append(
            translate("The notebook was saved while the silent watch still went on.")
        )
    if left:
        found.append(
            translate(
                "{left} of {code} cells had not been executed.",
                left=left,
                code=len(code),
            )
        )
    if failed:
        found.append(
            translate(
                "A cell stopped with an exception: {text}.",
                text=_text(failed[0].get("ename")),
            )
        )
    return tuple(found)


def _left_out(size: int) -> str:
    return translate(
        "_Left out here: {value} kB. It is in the notebook._", value=size // 1000
    )


def _cell(
    cell: Mapping[str, Any], place: int, report: str, look: Callable[[str], str]
) -> Any:  # noqa: ANN401
    written = _text(cell.get("source"))[:OUTPUT_LIMIT]
    given = cell.get("id")
    name = given if isinstance(given, str) and _ID.fullmatch(given) else f"cell-{place}"
    if cell.get("cell_type") == "markdown":
        return new_markdown_cell(look(_inactive(written)), id=name)
    if cell.get("cell_type") != "code":
        return None
    if not _is_a_runbooks(written):
        return new_markdown_cell(_FOREIGN, id=name)
    source = look(written)
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


def _inactive(markdown: str) -> str:
    """Return Markdown without elements that do more than to show text."""
    pieces, after, within = [], 0, ""
    for tag in _TAG.finditer(markdown):
        name, ends = tag["name"].lower(), bool(tag["end"])
        if within:
            if ends and name == within:
                within, after = "", tag.end()
            continue
        if name not in _ACTIVE and not _RUNS.search(tag["rest"]):
            continue
        pieces.append(markdown[after : tag.start()])
        after = tag.end()
        if name in _ACTIVE and not ends and not tag["rest"].endswith("/"):
            within = name
    return "".join(pieces) + ("" if within else markdown[after:])


@cache
def _names() -> frozenset[str]:
    """Return the names that the runbooks of this tool use for what they call."""
    cells = (cell for path in runbook_paths() for cell in export.read(path).cells)
    trees = (_tree(cell.source) for cell in cells if cell.cell_type == "code")
    nodes = (node for tree in trees if tree is not None for node in ast.walk(tree))
    return frozenset(node.id for node in nodes if isinstance(node, ast.Name))


def _tree(source: str) -> ast.Module | None:
    flags = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    try:
        tree = compile(source, "cell", "exec", flags)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return tree if isinstance(tree, ast.Module) else None


# What a runbook of any version consists of: it imports from this tool, sets parameters
# and calls what it has imported.
_CALLS = (
    *(ast.Module, ast.ImportFrom, ast.alias, ast.Assign, ast.AnnAssign, ast.Expr),
    *(ast.Await, ast.Call, ast.keyword, ast.Attribute, ast.Name, ast.Constant),
    *(ast.List, ast.Dict, ast.Tuple, ast.UnaryOp, ast.USub, ast.expr_context),
)


def _is_a_runbooks(source: str) -> bool:
    """Tell whether a cell does nothing but what the cells of a runbook do."""
    tree = _tree(source)
    return tree is not None and all(map(_is_a_step, ast.walk(tree)))


def _is_a_step(node: ast.AST) -> bool:
    if isinstance(node, ast.ImportFrom):
        return (node.module or "").partition(".")[0] == "streamtriage"
    if isinstance(node, ast.Call):
        called = node.func
        while isinstance(called, ast.Attribute):
            called = called.value
        return isinstance(called, ast.Name) and called.id in _names()
    return isinstance(node, _CALLS)


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
