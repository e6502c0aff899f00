"""Pages for who searches for an error: one for each text, one for each cause.

Made from the tables and the catalogue, in each language, by
`python -m streamtriage.error_pages`, into docs/errors.
"""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from streamtriage.causes import CAUSES
from streamtriage.error_text.parse import parse
from streamtriage.knowledge.client_texts import client_texts
from streamtriage.languages import LANGUAGES, speaking, translate
from streamtriage.markup.markdown import fenced
from streamtriage.model.message import tell
from streamtriage.model.observation import Phase
from streamtriage.phrases import IMPACTS
from streamtriage.wording import cause_title

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamtriage.causes import Cause
    from streamtriage.causes.explains import Explains
    from streamtriage.knowledge.client_texts import ClientTexts
    from streamtriage.languages import Language
    from streamtriage.model import Fix, Half

__all__ = ["FOLDER", "error_pages", "write_pages"]

FOLDER = Path(__file__).parents[2] / "docs" / "errors"
_URL = "https://HOST/mcp"
# What the SDKs print, with the reasons that are most often behind the last colon.
_REOPENING = "Failed to reconnect SSE stream: Streamable HTTP error: "
_OF_SDKS = (
    *(
        f"{_REOPENING}Failed to open SSE stream: {reason}".rstrip()
        for reason in (
            "",
            "Bad Gateway",
            "Bad Request",
            "Conflict",
            "Forbidden",
            "Gateway Timeout",
            "Internal Server Error",
            "Not Found",
            "Service Unavailable",
            "Too Many Requests",
            "Unauthorized",
        )
    ),
    "Failed to reconnect SSE stream: fetch failed",
    "Maximum reconnection attempts (2) exceeded.",
    "SSE stream disconnected: TypeError: terminated",
    "Streamable HTTP error: Failed to open SSE stream: Bad Gateway",
)
_SDK = "MCP TypeScript SDK"
# Of a file's name, far below what any file system takes.
_LONGEST = 160
# What a half of the failure is due to: the phases in which its causes are seen.
_PHASES: dict[Half, tuple[Phase, ...]] = {
    "initial-open": (Phase.OPEN,),
    "cut": (Phase.HELD,),
    "reopen": (Phase.REOPEN, Phase.HELD),
    "exhausted": (Phase.REOPEN, Phase.HELD),
    "event-unreadable": (Phase.HELD, Phase.RESUME),
    "session-lost": (Phase.SESSION, Phase.POST),
    "connect": (Phase.NAME, Phase.NETWORK, Phase.TLS, Phase.PROXY, Phase.GREET),
}


class _Printed(NamedTuple):
    """One text, who prints it, which half it tells of, and what that means."""

    text: str
    by: str
    half: Half
    means: str
    statuses: tuple[int, ...] = ()
    client: ClientTexts | None = None

    @property
    def name(self) -> str:
        """The file of its page, without the ending."""
        whose = re.sub(r"[^a-z0-9]+", "-", self.by.lower())
        words = re.sub(r"\{[^}]*\}", " ", self.text)
        line = re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")
        return f"{whose}-{line}"[:_LONGEST].rstrip("-")

    @property
    def shown(self) -> str:
        """The text as a person meets it: an ellipsis for what varies."""
        return re.sub(r"\{[^}]*\}", "…", self.text)


def error_pages(language: Language) -> dict[str, str]:
    """Return every page in a language: its place under docs/errors, and its text."""
    with speaking(language):
        texts, causes = _texts(), CAUSES
        pages = {f"{language}/README.md": _index(texts, causes)}
        for each in texts:
            pages[f"{language}/texts/{each.name}.md"] = _text_page(each, causes)
        for cause in causes:
            pages[f"{language}/causes/{cause.id}.md"] = _cause_page(cause)
    return pages


def write_pages(folder: Path = FOLDER) -> int:
    """Write the pages of all languages; what is made no more goes. Return how many."""
    made = {k: v for language in LANGUAGES for k, v in error_pages(language).items()}
    if folder.is_dir():
        shutil.rmtree(folder)
    for place, text in made.items():
        path = folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return len(made)


def _texts() -> tuple[_Printed, ...]:
    found: dict[str, _Printed] = {}
    for line in _OF_SDKS:
        read = parse(line)
        each = _Printed(line, _SDK, read.half, read.means, read.statuses)
        found.setdefault(each.name, each)
    for client in client_texts():
        for row in client.texts:
            if row.halves and row.means and not row.shared:
                each = _Printed(
                    row.text, client.title, row.halves[0], row.means, client=client
                )
                found.setdefault(each.name, each)
    return tuple(found.values())


def _index(texts: tuple[_Printed, ...], causes: tuple[Cause, ...]) -> str:
    lines = [f"# {tell('pages.index.title')}", "", tell("pages.index.intro"), ""]
    lines += [f"## {tell('pages.index.texts')}", ""]
    lines += [f"- [`{t.shown}`](texts/{t.name}.md) · {t.by}" for t in texts]
    lines += ["", f"## {tell('pages.index.causes')}", ""]
    lines += [f"- [{cause_title(c.id)}](causes/{c.id}.md) · `{c.id}`" for c in causes]
    return "\n".join(lines) + "\n"


def _text_page(text: _Printed, causes: tuple[Cause, ...]) -> str:
    return "\n".join(_text_lines(text, causes)) + "\n"


def _text_lines(text: _Printed, causes: tuple[Cause, ...]) -> Iterator[str]:
    yield f"# `{text.shown}`\n"
    yield tell("pages.text.printed", by=text.by)
    yield translate(text.means) + "\n"
    if text.half == "look-alike":
        yield tell("pages.text.look-alike") + "\n"
    yield f"## {tell('pages.text.find')}\n"
    line = shlex.quote(text.shown)
    command = f"streamtriage triage {_URL} --error {line}"
    yield fenced(command, "console")
    rows = text.client.seen if text.client is not None else ()
    if rows:
        yield f"## {tell('pages.text.matters', by=text.by)}\n"
        for row in rows:
            shows = f"`{row.shows}`" if row.shows else translate("nothing")
            matters = translate(IMPACTS[row.matters])
            then = translate(row.then)
            yield f"- {translate(row.fault)}: {shows}. {matters} {then}"
        yield ""
    behind = _behind(text, causes)
    if behind:
        yield f"## {tell('pages.text.causes')}\n"
        yield from (f"- [{cause_title(c.id)}](../causes/{c.id}.md)" for c in behind)
        yield ""
    yield tell("pages.back")


def _behind(text: _Printed, causes: tuple[Cause, ...]) -> tuple[Cause, ...]:
    """Return the causes of this half; those of a status that the text stands for."""
    wanted = set(_PHASES.get(text.half, ()))
    named = [status for status in text.statuses if len(text.statuses) == 1]
    return tuple(
        cause
        for cause in causes
        if any(
            wanted & set(clause.phases) and (not named or _of(clause, named[0]))
            for clause in cause.explains
        )
    )


def _of(clause: Explains, status: int) -> bool:
    return any(
        status in each if isinstance(each, range) else status == each
        for each in clause.statuses
    )


def _cause_page(cause: Cause) -> str:
    return "\n".join(_cause_lines(cause)) + "\n"


def _cause_lines(cause: Cause) -> Iterator[str]:
    yield f"# {cause_title(cause.id)}\n"
    yield tell("pages.cause.named", cause=cause.id)
    whose = tell("pages.cause.whose", owner=cause.owner, scope=cause.scope)
    yield f"{whose} {tell('pages.cause.matters', impact=IMPACTS[cause.impact])}\n"
    for number, fix in enumerate(cause.fixes, 1):
        first = tell("pages.cause.first", where=fix.where)
        heading = first if number == 1 else tell("pages.cause.other", where=fix.where)
        yield f"## {heading}\n"
        yield from _fix_lines(fix)
    yield f"## {tell('pages.cause.check')}\n"
    commands = (
        f"streamtriage triage {_URL}  # {tell('pages.cause.real')}\n"
        f"streamtriage rehearse {cause.id}  # {tell('pages.cause.rehearsed')}"
        if cause.basis == "measured" and cause.layer != "local"
        else f"streamtriage triage {_URL}  # {tell('pages.cause.real')}"
    )
    yield fenced(commands, "console")
    like = next((each for each in CAUSES if each.id == cause.look_alike), None)
    if like is not None:
        yield tell("pages.cause.like", title=cause_title(like.id), cause=like.id) + "\n"
    if cause.citations:
        yield f"## {tell('pages.cause.sources')}\n"
        yield from (f"- {each.source}" for each in cause.citations)
        yield ""
    yield tell("pages.back")


def _fix_lines(fix: Fix) -> Iterator[str]:
    yield translate(fix.what) + "\n"
    if fix.paste:
        yield fenced(fix.paste)


if __name__ == "__main__":
    import sys

    sys.stdout.write(f"{write_pages()} pages\n")
