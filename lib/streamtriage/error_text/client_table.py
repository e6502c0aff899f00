"""The page of what each client shows of each fault, made from their tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.knowledge.client_texts import client_texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamtriage.knowledge.client_texts import ClientTexts, SeenInClient

__all__ = ["client_page", "silent_about"]

_HEAD = """# What each client shows, and whether it matters

Made from `lib/streamtriage/knowledge/clients/*/texts.toml` by `{module}`.
A test fails when they differ.
*Fatal*: nothing or no tool works.
*Degraded*: something is lost.
*Cosmetic*: tools work, the words are all.
*None*: as it should be.
"""
_MODULE = "python -m streamtriage.error_text.client_table"


def silent_about(client: ClientTexts) -> tuple[SeenInClient, ...]:
    """Return the faults for which a client prints nothing."""
    return tuple(row for row in client.seen if not row.shows and row.matters != "none")


def client_page() -> str:
    """Return the page as Markdown, one table a client."""
    parts = [_HEAD.format(module=_MODULE)]
    parts += [_section(client) for client in client_texts() if client.seen]
    return "\n".join(parts)


def _section(client: ClientTexts) -> str:
    cited = f"{client.source} ({client.date})."
    return "\n".join((f"## {client.title}", "", cited, "", *_table(client), ""))


def _table(client: ClientTexts) -> Iterator[str]:
    yield "| Fault | What you see | Where | Does it matter | What then |"
    yield "| --- | --- | --- | --- | --- |"
    for row in client.seen:
        shows = f"`{row.shows}`" if row.shows else "nothing"
        cells = (row.fault, shows, row.where or "—", row.matters, row.then)
        yield f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |"


if __name__ == "__main__":
    import sys

    sys.stdout.write(client_page())
