"""Every wrong way to write a remote server down: a sentence, and what to write."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from streamtriage.client.secret_facts import PLACEHOLDER
from streamtriage.knowledge.versions import version_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from streamtriage.client.config_entries import Source
    from streamtriage.model import RemoteServer, ShapeProblem

__all__ = ["mistakes"]

# claude-code CHANGELOG: headers are expanded from here on.
_HEADERS_EXPANDED: tuple[int, ...] = (2, 1, 119)
_SSE_PATH = re.compile(r"/sse/?(?:[?#]|$)", re.IGNORECASE)
_REMOTE_URL = re.compile(
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
        *_variable_mistakes(server, url, raw, source, known),
        *_blank_mistakes(server, url, source, known),
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


def _form(found: re.Match[str]) -> str:
    if found["braced"]:
        return {"env:": "env", "input:": "input"}.get(found["kind"] or "", "braced")
    if found["open"]:
        return "open"
    return "bare" if found["bare"] else "other"


_FORMS = {
    "braced": "${NAME}",
    "env": "${env:NAME}",
    "input": "${input:name}",
    "bare": "$NAME",
    "open": "{env:NAME}",
}


def _variable_mistakes(
    server: RemoteServer,
    url: str,
    raw: Mapping[str, Any],
    source: Source,
    known: Mapping[str, str],
) -> Iterator[ShapeProblem]:
    rules = source.dialect
    if rules.expands is None or server.wrapper:
        return
    sections = [raw.get(section) for section in (*rules.header_keys, "headers")]
    headers = [
        (f"the header {key}", value)
        for section in sections
        if isinstance(section, dict)
        for key, value in section.items()
        if isinstance(value, str)
    ]
    seen: set[tuple[str, str]] = set()
    for place, text in [("the address", url), *headers]:
        for found in PLACEHOLDER.finditer(text):
            one = _one_variable(found, place, server, source, known)
            if one is not None and (one.kind, one.says) not in seen:
                seen.add((one.kind, one.says))
                yield one
    for fact in server.header_facts:
        if fact.unset and rules.client == "Codex":
            yield _unset(source, server.name, f"the header {fact.name}", fact.unset[0])


def _one_variable(
    found: re.Match[str],
    place: str,
    server: RemoteServer,
    source: Source,
    known: Mapping[str, str],
) -> ShapeProblem | None:
    rules, form = source.dialect, _form(found)
    expands = rules.expands or ()
    name = found["braced"] or found["open"] or found["double"] or found["bare"]
    name = name or found["percent"]
    if form not in expands:
        if form == "bare" and place == "the address":
            return None  # a dollar sign is an ordinary character of a path
        right = _FORMS[expands[0]] if expands else "no variable at all"
        return source.problem(
            "variable-not-expanded",
            server.name,
            f"{place.capitalize()} of {server.name} refers to {name} in a form that "
            f"{rules.client} sends as it stands.",
            f"{rules.client} knows {right}."
            if expands
            else 'Name the variable in "bearer_token_env_var" or "env_http_headers".',
        )
    version = version_of(source.client_version)
    if (
        rules.client == "Claude Code"
        and place != "the address"
        and version
        and version < _HEADERS_EXPANDED
    ):
        return source.problem(
            "variable-not-expanded",
            server.name,
            f"{place.capitalize()} of {server.name} refers to {name}, but Claude Code "
            f"{source.client_version} does not expand variables in headers.",
            "Update to 2.1.119 or later.",
        )
    if found["default"] or known.get(name) or form == "input":
        return None
    return _unset(source, server.name, place, name)


def _unset(source: Source, server: str, place: str, name: str) -> ShapeProblem:
    return source.problem(
        "variable-unset",
        server,
        f"{place.capitalize()} of {server} needs the variable {name}, which is not set "
        "where this runs.",
        f"Set {name} in the shell that starts {source.dialect.client}.",
    )


def _blank_mistakes(
    server: RemoteServer, url: str, source: Source, known: Mapping[str, str]
) -> Iterator[ShapeProblem]:
    name = server.name
    if url != url.strip():
        yield source.problem(
            "outer-blank",
            name,
            f"The address of {name} begins or ends with a blank.",
            "Remove the blank.",
        )
    for fact in server.header_facts:
        values = [known.get(variable, "") for variable in fact.variables]
        broken = [
            variable
            for variable, value in zip(fact.variables, values, strict=True)
            if "\n" in value or "\r" in value
        ]
        blank = [
            variable
            for variable, value in zip(fact.variables, values, strict=True)
            if value != value.strip() and variable not in broken
        ]
        if fact.newline or broken:
            where = f" (from {broken[0]})" if broken else ""
            yield source.problem(
                "newline-in-value",
                name,
                f"The value of the header {fact.name} of {name} holds a line "
                f"break{where}; such a header cannot be sent.",
                "Store the token without one: printf %s instead of echo.",
            )
        if (fact.outer_blank and not fact.newline) or blank:
            where = f" (from {blank[0]})" if blank else ""
            yield source.problem(
                "outer-blank",
                name,
                f"The value of the header {fact.name} of {name} begins or ends with a "
                f"blank{where}.",
                "Remove the blank.",
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
