"""Keeps the catalogues of sentences: `make languages`.

English says which sentences there are. Every other language gets what it lacks, with
the English beside it, and what is used no more is taken out; then all are compiled.
"""

from __future__ import annotations

import ast
import re
import sys
from datetime import UTC, datetime
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import nbformat
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from streamtriage.apps.preflight.checks import CHECKS
from streamtriage.apps.preflight.model import Decision, Result
from streamtriage.apps.preflight.parameters import PreflightParameters
from streamtriage.causes import CAUSES
from streamtriage.charts.drops import STEPS
from streamtriage.charts.grid import CELLS
from streamtriage.comparison import DifferenceKind
from streamtriage.error_text.symptoms import symptoms
from streamtriage.fleet.causes import ACROSS
from streamtriage.knowledge.client_texts import client_texts
from streamtriage.knowledge.cuts import cut_times
from streamtriage.knowledge.dialects import dialects
from streamtriage.knowledge.fingerprints import fingerprints
from streamtriage.knowledge.follow_up import tried_changes
from streamtriage.knowledge.remedies import remedies
from streamtriage.lab import SCENARIOS
from streamtriage.languages import CONTEXT, DOMAIN, LANGUAGES, has_sentence
from streamtriage.languages.request_names import PARTS, SESSIONS
from streamtriage.model import Impact, Intake, Owner, Scope, Status
from streamtriage.model.entry import entries
from streamtriage.model.machine import ServerState
from streamtriage.model.vocabulary import Half
from streamtriage.notebook.paths import runbook_paths
from streamtriage.notebook.prose import prose_texts
from streamtriage.probes import PROBES
from streamtriage.report.steps import STEP_NAMES
from streamtriage.transport.server_silence import LIMITED, SILENT

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["compiled", "fixed_texts", "place_of", "read"]

# The language that says which sentences there are.
_FIRST = "en"
_DAY = datetime(2026, 11, 29, tzinfo=UTC)
_LIB = Path(__file__).parents[1] / "lib" / "streamtriage"
# What makes documents; the rest of the room draws them, or is for machines.
_DOCUMENTS = (
    *(
        _LIB / "report" / f"{name}.py"
        for name in (
            *("answer", "confidence", "exchange_rows", "machine_rows"),
            *("sections", "seen", "steps", "story"),
        )
    ),
    *sorted((_LIB / "report" / "probes").glob("*.py")),
    _LIB / "phrases.py",
)
_ROOM = _LIB / "languages"


def place_of(language: str) -> Path:
    """Return where the catalogue of a language is."""
    return _ROOM / language.replace("-", "_") / "LC_MESSAGES" / f"{DOMAIN}.po"


def read(language: str) -> Catalog:
    """Read the catalogue of a language as it is written."""
    with place_of(language).open("rb") as written:
        return read_po(written, locale=language.replace("-", "_"))


def compiled(catalogue: Catalog) -> bytes:
    """Return a catalogue as gettext reads it."""
    made = BytesIO()
    write_mo(made, catalogue)
    return made.getvalue()


def _empty(language: str) -> Catalog:
    """Return one without a sentence, whose head is the same on each day."""
    made = Catalog(
        locale=language.replace("-", "_"),
        project=DOMAIN,
        version="1",
        copyright_holder="the authors",
        msgid_bugs_address="see README.md",
        creation_date=_DAY,
        revision_date=_DAY,
        last_translator="see git log",
        language_team=language,
        fuzzy=False,
    )
    made.header_comment = f"# The sentences of {DOMAIN}: {language}."
    return made


def _written(catalogue: Catalog) -> bytes:
    made = BytesIO()
    write_po(made, catalogue, width=88, sort_output=True, omit_header=False)
    return made.getvalue()


def fixed_texts() -> list[str]:
    """Return what never changes and is shown: of documents, changes, vocabularies.

    A catalogue has it by its English, under the context `text`.
    """
    found = [
        text for path in _DOCUMENTS for text in _shown(ast.parse(path.read_text()))
    ]
    for cause in CAUSES:
        found += [part for fix in cause.fixes for part in (fix.where, fix.what)]
    found += [part for row in remedies() for part in (row.where, row.what)]
    taken = [row for each in CAUSES for row in each.taken_for_it]
    found += [part for row in taken for part in (row.title, row.why)]
    found += [each.comes_and_goes.why for each in CAUSES if each.comes_and_goes]
    found += [*get_args(Owner), *get_args(Scope), *STEP_NAMES]
    for path in sorted((_LIB / "error_text").glob("*.py")):
        told = (text for text in _shown(_tree(path)) if text.endswith((".", "?")))
        found += (text for text in told if "\\" not in text)
    for path in sorted((_LIB / "probes").glob("*.py")):
        found += _reasons(_tree(path))
    found += (t for t in _shown(_tree(_LIB / "shortage.py")) if t.endswith("."))
    for path in sorted((_LIB / "transport").glob("*.py")):
        found += _problems(_tree(path))
    found += [text for path in _modules() for text in _translated(_tree(path))]
    found += [text for path in _modules() for text in _on_widgets(_tree(path))]
    found += [probe.says for probe in PROBES]
    found += [row.limits for row in fingerprints()]
    found += [row.says for row in dialects() if re.match(r"(an?|the) ", row.says)]
    found += [row.says for row in tried_changes()]
    found += [LIMITED, SILENT]
    found += [text for each in SCENARIOS for text in (each.title, each.imitates)]
    found += [row.suspects for row in cut_times()]
    for entry in entries(Intake).values():
        example = entry.hint if entry.kind == "words" and " " in entry.hint else ""
        found += [entry.label, entry.help, example]
    for path in runbook_paths():
        found += prose_texts(nbformat.read(str(path), as_version=4))
    found += PreflightParameters.UNASKED.values()
    found += [row.question for row in CHECKS]
    found += [each.title for each in ACROSS]
    found += [t for each in ACROSS for fix in each.fixes for t in (fix.where, fix.what)]
    found += _returned(_tree(_LIB / "apps" / "preflight" / "policy.py"), "_decision")
    found += [*get_args(Impact), "not known", "unknown"]
    found += [
        *get_args(Decision),
        *get_args(Result),
        *get_args(DifferenceKind),
        *Status,
    ]
    found += get_args(ServerState)
    found += [*(f"half: {half}" for half in get_args(Half)), *PARTS, *SESSIONS]
    found += [*(step.name for step in STEPS), *(word for word, _ in CELLS.values())]
    found += [row.means for row in symptoms()]
    for client in client_texts():
        found += [client.note, *(row.means for row in client.texts)]
        found += [part for row in client.seen for part in (row.fault, row.then)]
    return [text for text in dict.fromkeys(found) if text and not has_sentence(text)]


def _modules() -> list[Path]:
    """Return what may hand a text of its own to `translate`.

    Of the room itself that is every module but the one where `translate` is at home.
    """
    return sorted(path for path in _LIB.rglob("*.py") if path != _ROOM / "__init__.py")


def _translated(tree: ast.Module) -> Iterator[str]:
    """Yield the texts that a module translates where it says them.

    What is handed over is a text, one of several, or a name of the module for such.
    """
    named = {
        target.id: value
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
        for value in [node.value]
    }
    for line in tree.body:
        if isinstance(line, ast.ImportFrom) and line.module in _OF_OTHERS:
            named |= _constants(str(line.module), line.names)
    named |= dict(_looped(tree, named))
    for node in ast.walk(tree):
        match node:
            case (
                ast.Call(func=ast.Name(id="translate" | "Progress"), args=[given, *_])
                | ast.Call(
                    func=ast.Attribute(value=ast.Name(id="visit"), attr="say"),
                    args=[given, *_],
                )
            ):
                yield from (text.strip("\n") for text in _texts(given, named))


def _returned(tree: ast.Module, function: str) -> Iterator[str]:
    """Yield the sentences that a function chooses from."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name == function:
            for each in ast.walk(node):
                if isinstance(each, ast.Constant) and " " in str(each.value):
                    yield str(each.value)


def _looped(
    tree: ast.Module, named: dict[str, ast.expr]
) -> Iterator[tuple[str, ast.expr]]:
    """Yield what the values of a table are called where a loop goes through it."""
    for node in ast.walk(tree):
        match node:
            case ast.For(
                target=ast.Tuple(elts=[_, ast.Name(id=value)]),
                iter=ast.Call(
                    func=ast.Attribute(value=ast.Name(id=table), attr="items")
                ),
            ) if table in named:
                yield value, named[table]


def _on_widgets(tree: ast.Module) -> Iterator[str]:
    """Yield what a module names widgets: traits that the notebook's labels say."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(attr="name" | "button"), keywords=given):
                yield from (
                    each.value.value
                    for each in given
                    if each.arg in _TRAITS
                    and isinstance(each.value, ast.Constant)
                    and isinstance(each.value.value, str)
                )


# Modules whose constants are said by other ones.
_OF_OTHERS = (
    "streamtriage.fleet.answer",
    "streamtriage.history",
    "streamtriage.apps.fleet.rehearsal",
    "streamtriage.phrases",
)


def _constants(module: str, names: list[ast.alias]) -> dict[str, ast.expr]:
    """Return the imported names that stand for texts, as they would be written."""
    found = {each.name: getattr(import_module(module), each.name) for each in names}
    texts = {
        name: value if isinstance(value, str) else list(value.values())
        for name, value in found.items()
        if isinstance(value, str | dict)
    }
    return {
        name: ast.parse(repr(text), mode="eval").body for name, text in texts.items()
    }


_TRAITS = ("description", "tooltip", "placeholder", "value")


def _texts(node: ast.expr, named: dict[str, ast.expr]) -> Iterator[str]:
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.Name(id=name) if name in named:
            yield from _texts(named[name], {})
        case ast.Subscript(value=ast.Name(id=name)) if name in named:
            yield from _texts(named[name], {})
        case ast.List(elts=several):
            for part in several:
                yield from _texts(part, named)
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="get")):
            yield from _texts(named[name], {}) if name in named else ()
        case _:
            for part in _choices(node):
                yield from _texts(part, named)


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _reasons(tree: ast.Module) -> Iterator[str]:
    """Yield why a probe may say that it was not run."""
    for node in ast.walk(tree):
        match node:
            case ast.keyword(arg="skipped", value=ast.Constant(value=str(text))):
                yield text
            case ast.Assign(
                targets=[ast.Name(id="_STOPPED")], value=ast.Constant(value=str(text))
            ):
                yield text


def _problems(tree: ast.Module) -> Iterator[str]:
    """Yield why a request was not sent, or how this tool itself ended it."""
    for node in ast.walk(tree):
        match node:
            case (
                ast.Call(func=ast.Name(id="NotAskedError"), args=given)
                | ast.Call(func=ast.Attribute(attr="finish" | "give_up"), args=given)
                | ast.keyword(arg="because" | "failure_detail", value=given)
                | ast.Assign(targets=[ast.Name(id="because")], value=given)
            ):
                parts = given if isinstance(given, list) else [given]
                for part in parts:
                    chosen = part.body if isinstance(part, ast.IfExp) else part
                    if isinstance(chosen, ast.Constant) and " " in str(chosen.value):
                        yield str(chosen.value)


def _shown(tree: ast.Module) -> Iterator[str]:
    """Yield the texts of a module that makes documents, in the order of the file."""
    hidden: set[int] = set()
    for node in ast.walk(tree):
        unseen = node if isinstance(node, _NOT_SHOWN) else _unseen_in(node)
        if unseen is not None:
            hidden |= {id(each) for each in ast.walk(unseen)}
    parts = (_choices(node) for node in ast.walk(tree))
    chosen = {id(each) for several in parts for each in several}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
            is_text = " " in text.strip() or text[:1].isupper() or id(node) in chosen
            if is_text and id(node) not in hidden and re.search("[A-Za-z]{2}", text):
                yield text


_NOT_SHOWN = (ast.JoinedStr, ast.Compare, ast.Subscript, ast.arg)


def _unseen_in(node: ast.AST) -> ast.AST | None:
    """Return the part of a statement that nobody reads: a docstring, names, an id."""
    match node:
        case ast.Expr(value=ast.Constant() as docstring):
            return docstring
        case ast.Assign(targets=[ast.Name(id="__all__")], value=names):
            return names
        case ast.Call(func=ast.Name(id="tell"), args=[name]):
            return name
    return None


def _choices(node: ast.AST) -> list[ast.expr]:
    """Return what one of several texts is chosen from, if a node is such a choice."""
    match node:
        case ast.IfExp(body=body, orelse=orelse):
            return [body, orelse]
        case ast.BoolOp(values=values):
            return values
        case ast.Dict(values=values):
            return values
    return []


def _with_titles(english: Catalog) -> Catalog:
    """Return English with the titles that the causes have: they are written there."""
    for each in list(english):
        if isinstance(each.id, str) and each.id.startswith("title."):
            english.delete(each.id)
    for cause in CAUSES:
        english.add(f"title.{cause.id}", cause.title)
    return english


def main() -> int:
    """Write each catalogue in order and compile it; return how many lack something."""
    english = _with_titles(read(_FIRST))
    lacking = 0
    for language in LANGUAGES:
        kept = english if language == _FIRST else read(language)
        made = _empty(language)
        for each in english:
            if not each.id:
                continue
            found = kept.get(each.id)
            text = found.string if found is not None else ""
            beside = () if kept is english else (str(each.string),)
            made.add(each.id, text, auto_comments=beside)
        if kept is not english:
            for text in fixed_texts():
                found = kept.get(text, context=CONTEXT)
                made.add(
                    text, found.string if found is not None else "", context=CONTEXT
                )
        empty = sum(1 for each in made if each.id and not each.string)
        lacking += bool(empty)
        place = place_of(language)
        place.write_bytes(_written(made))
        place.with_suffix(".mo").write_bytes(compiled(read(language)))
        sys.stdout.write(f"{language}: {len(made)} sentences, {empty} of them empty\n")
    return lacking


if __name__ == "__main__":
    sys.exit(main())
