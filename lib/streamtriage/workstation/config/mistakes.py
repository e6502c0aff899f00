"""Every wrong way to write a remote server down: a sentence, and what to write."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from streamtriage.on_first_use import compile_later
from streamtriage.workstation.config.values import blank_mistakes, variable_mistakes
from streamtriage.workstation.secret_facts import PLACEHOLDER

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from streamtriage.model import RemoteServer, ShapeProblem
    from streamtriage.workstation.config.entries import Source

__all__ = ["mistakes"]

_SSE_PATH = compile_later(r"/sse/?(?:[?#]|$)", re.IGNORECASE)
_REMOTE_URL = compile_later(
    r"(?:https?|wss?)://(?:[^/@\s]*@)?(?:\[[^\]]+\]|[^\s/:?#]+)", re.IGNORECASE
)


def mistakes(  # noqa: PLR0913 - the parts of an entry
    server: RemoteServer,
    url: str,
    url_key: str,
    raw: Mapping[str, Any],
    source: Source,
    known: Mapping[str, str],
) -> tuple[ShapeProblem, ...]:
    """Return what is wrong with one entry; nothing for a right one."""
    found = [
        *_type_mistakes(server, url_key, raw, source),
        *_url_mistakes(server, url, source),
        *variable_mistakes(server, url, raw, source, known),
        *blank_mistakes(server, url, source, known),
        *_other_mistakes(server, raw, source),
    ]
    return tuple(found)


def _type_mistakes(
    server: RemoteServer, url_key: str, raw: Mapping[str, Any], source: Source
) -> Iterator[ShapeProblem]:
    rules, name = source.dialect, server.name
    kind = raw.get("type")
    write = f'"type": "{rules.type_to_write}"'
    if server.wrapper:
        return
    if rules.client == "Claude Desktop":
        yield source.problem(
            "wrong-file",
            name,
            f"{name} is a remote server, but this file of Claude Desktop takes only "
            "programs.",
            "Add it as a connector in the settings, or bridge it: "
            '"command": "npx", "args": ["-y", "mcp-remote", "URL"].',
        )
        return
    if kind is None and rules.untyped == "" and url_key in rules.url_keys:
        yield source.problem(
            "type-missing", name, _without_type(rules.client, name), f"Add {write}."
        )
    elif isinstance(kind, str) and kind not in rules.types and rules.types:
        yield source.problem(
            "type-unknown",
            name,
            f'{name} has "type": "{server.transport}", which {rules.client} does not '
            "know.",
            f"Write {write}.",
        )
    if rules.client == "Gemini CLI" and url_key == "url" and kind is None:
        if not _SSE_PATH.search(server.url):
            yield source.problem(
                "wrong-key",
                name,
                f'{name} has "url", which Gemini CLI takes for the older SSE '
                "transport.",
                'Rename "url" to "httpUrl".',
            )
        return
    if url_key and url_key not in rules.url_keys:
        yield source.problem(
            "wrong-key",
            name,
            f'{name} has its address under "{url_key}", which {rules.client} does not '
            "read.",
            f'Rename "{url_key}" to "{rules.url_keys[0]}".',
        )


def _without_type(client: str, name: str) -> str:
    if client == "Claude Code":
        return (
            f'{name} has a "url" but no "type", so Claude Code takes it for a program '
            "and skips it (2.1.202 and later say so)."
        )
    if client == "Cline":
        return f'{name} has no "type", so Cline uses the older SSE transport.'
    return f'{name} has a "url" but no "type", so {client} does not use it.'


def _url_mistakes(
    server: RemoteServer, url: str, source: Source
) -> Iterator[ShapeProblem]:
    name, bare = server.name, url.strip()
    fix = 'Write the whole address, such as "https://HOST/mcp".'
    if not bare:
        yield source.problem(
            "url-invalid", name, f"{name} has no address, so it is not used.", fix
        )
    elif not _REMOTE_URL.match(bare) and not PLACEHOLDER.match(bare):
        yield source.problem(
            "url-invalid",
            name,
            f"The address of {name} does not begin with http:// or https:// and a "
            "host.",
            fix,
        )
    elif re.search(r"\s", bare):
        yield source.problem(
            "url-invalid", name, f"The address of {name} has a blank inside.", fix
        )
    if server.transport == "http" and _SSE_PATH.search(bare) and not server.wrapper:
        yield source.problem(
            "sse-url-as-http",
            name,
            f"The address of {name} ends in /sse, where servers of the older SSE "
            "transport listen, but it is configured as Streamable HTTP.",
            'Write "type": "sse", or use the server\'s newer address, often /mcp.',
        )


def _other_mistakes(
    server: RemoteServer, raw: Mapping[str, Any], source: Source
) -> Iterator[ShapeProblem]:
    limit = server.timeout_ms
    if source.dialect.client == "Claude Code" and limit is not None and limit < 1000:
        yield source.problem(
            "too-small-timeout",
            server.name,
            f'"timeout" of {server.name} is {limit} ms; Claude Code ignores values '
            "below 1000 (2.1.162 and later).",
            'Write milliseconds: "timeout": 60000 is a minute.',
        )
    if source.dialect.client == "Codex" and isinstance(raw.get("headers"), dict):
        yield source.problem(
            "wrong-key",
            server.name,
            f'{server.name} has "headers", which Codex does not read.',
            'Rename it to "http_headers".',
        )
