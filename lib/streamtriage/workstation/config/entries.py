"""One configured server: what it is, and what is wrong with how it is written."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from itertools import islice, pairwise
from typing import TYPE_CHECKING, Any

from streamtriage.model import RemoteServer, SecretFacts, ShapeProblem
from streamtriage.on_first_use import compile_later
from streamtriage.redaction import cut, shown_address, shown_text
from streamtriage.workstation.config.mistakes import mistakes
from streamtriage.workstation.secret_facts import PLACEHOLDER, facts_of, placeholders

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streamtriage.workstation.config.formats import Dialect
    from streamtriage.workstation.filesystem import Surroundings

__all__ = ["Entry", "Source", "read_entry", "shown_url"]

# Of headers and variables: nobody sends more, and each costs time to look at.
FIELD_LIMIT = 40
_URL = compile_later(r"https?://\S+", re.IGNORECASE)


@dataclass(frozen=True)
class Source:
    """Where an entry stands: its file, line, scope and project, and who reads it."""

    dialect: Dialect
    scope: str
    path: str
    project: str = ""
    client_version: str = ""
    settings_env: frozenset[str] = frozenset()
    line: int | None = None

    def problem(self, kind: str, server: str, says: str, fix: str) -> ShapeProblem:
        return ShapeProblem.model_validate(
            {
                "kind": kind,
                "client": self.dialect.client,
                "path": self.path,
                "line": self.line,
                "server": server,
                "says": says,
                "fix": fix,
            }
        )


@dataclass(frozen=True)
class Entry:
    """One server as configured, with its mistakes; `address` is never rendered."""

    server: RemoteServer
    problems: tuple[ShapeProblem, ...] = ()
    address: str = field(default="", repr=False)

    def with_state(self, state: str, masked_by: str = "") -> Entry:
        server = self.server.model_copy(update={"state": state, "masked_by": masked_by})
        return replace(self, server=server)


@dataclass(frozen=True)
class Written:
    """The parts of an entry that matter, still as written; lives only while read."""

    url: str = field(repr=False)
    url_key: str
    kind: str
    headers: Mapping[str, str] = field(repr=False)
    timeout: object
    wrapper: str = ""


def shown_url(url: str) -> str:
    """Return a URL without secrets; a variable keeps its name and loses its default."""

    def bare(found: re.Match[str]) -> str:
        return found[0].replace(found["default"], "") if found["default"] else found[0]

    return shown_address(PLACEHOLDER.sub(bare, url.strip()), 300)


def read_entry(
    name: str, raw: object, source: Source, around: Surroundings
) -> Entry | ShapeProblem | None:
    """Return what a raw entry says, or None where it is not a remote server."""
    shown = shown_text(name, 80)
    if not isinstance(raw, dict):
        return source.problem(
            "unreadable",
            shown,
            f"The entry {shown} is not an object, so the client skips it.",
            'Write it as {"type": "http", "url": "https://HOST/mcp"}.',
        )
    raw = _bounded(raw)
    written = _written(raw, source.dialect)
    if written is None:
        return None
    _keep_secrets(raw, written, around)
    known = {**dict.fromkeys(source.settings_env, "set"), **around.environ}
    facts = tuple(
        facts_of(shown_text(key, 80), value, known)
        for key, value in written.headers.items()
    )
    server = RemoteServer(
        client=source.dialect.client,
        name=shown,
        scope=source.scope,
        path=source.path,
        line=source.line,
        project=source.project,
        transport=_transport(written, source.dialect),
        url=shown_url(written.url),
        wrapper=written.wrapper,
        state="disabled" if _off(raw) else "wins",
        header_facts=facts + _by_variable(raw, known),
        env_names=tuple(sorted(_strings(raw.get("env"))))[:50],
        variables=placeholders(written.url),
        header_program=bool(raw.get("headersHelper")),
        timeout_ms=_milliseconds(written.timeout),
    )
    problems = mistakes(server, written.url, written.url_key, raw, source, known)
    return Entry(server, problems, written.url.strip())


def _strings(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        return {}
    return {str(k): v for k, v in value.items() if isinstance(v, str)}


def _bounded(raw: dict[str, Any]) -> dict[str, Any]:
    """Leave out what nobody writes: the hundredth header, the ten-thousandth key."""
    return {
        key: dict(islice(value.items(), FIELD_LIMIT))
        if isinstance(value, dict)
        else value[:FIELD_LIMIT]
        if isinstance(value, list)
        else value
        for key, value in islice(raw.items(), FIELD_LIMIT)
    }


def _written(raw: dict[str, Any], dialect: Dialect) -> Written | None:
    bridged = _bridged(raw)
    if bridged is not None:
        return bridged
    keys = (*dialect.url_keys, "url", "httpUrl", "serverUrl", "uri", "endpoint")
    key = next((each for each in keys if isinstance(raw.get(each), str)), "")
    kind = raw.get("type", raw.get("transport", raw.get("transportType", "")))
    kind = kind if isinstance(kind, str) else ""
    if not key and (raw.get("command") or kind.lower() not in _REMOTE):
        return None
    headers: dict[str, str] = {}
    for each in (*dialect.header_keys, "headers"):
        headers |= _strings(raw.get(each))
    timeout = raw.get("timeout")
    return Written(raw.get(key, "") if key else "", key, kind, headers, timeout)


_REMOTE = frozenset(
    ("http", "sse", "ws", "streamable-http", "streamablehttp", "remote", "streamable")
)


def _bridged(raw: dict[str, Any]) -> Written | None:
    """Read a remote server that stands behind `npx mcp-remote URL`."""
    command, args = raw.get("command"), raw.get("args")
    words = [command] if isinstance(command, str) else []
    if isinstance(command, list):
        words = [word for word in command if isinstance(word, str)]
    if isinstance(args, list):
        words += [word for word in args if isinstance(word, str)]
    bridge = next(
        (i for i, word in enumerate(words) if re.search(r"\bmcp-remote\b", word)), None
    )
    if bridge is None:
        return None
    rest = words[bridge + 1 :]
    url = next((word for word in rest if _URL.match(word)), "")
    headers: dict[str, str] = {}
    for flag, value in pairwise(rest):
        if flag == "--header":
            header, _, content = value.partition(":")
            headers[header.strip()] = content.strip(" ")
    version = re.search(r"mcp-remote@([\w.-]{1,20})", words[bridge])
    name = f"mcp-remote {version[1]}" if version else "mcp-remote"
    only_sse = "sse-only" in rest
    return Written(url, "url", "sse" if only_sse else "http", headers, None, name)


def _transport(written: Written, dialect: Dialect) -> str:
    if written.wrapper:
        return written.kind
    if written.kind:
        return dialect.types.get(written.kind, cut(written.kind, 30))
    if dialect.client == "Gemini CLI" and written.url_key == "url":
        return "sse"
    return dialect.untyped


def _off(raw: dict[str, Any]) -> bool:
    return raw.get("disabled") is True or raw.get("enabled") is False


def _by_variable(
    raw: dict[str, Any], known: Mapping[str, str]
) -> tuple[SecretFacts, ...]:
    """Tell of headers whose value Codex takes from a variable by its name."""
    named = {k: v for k, v in _strings(raw.get("env_http_headers")).items() if v}
    bearer = raw.get("bearer_token_env_var")
    if isinstance(bearer, str) and bearer:
        named["Authorization"] = bearer
    return tuple(
        SecretFacts(
            name=header,
            form="placeholder",
            variables=(cut(variable, 80),),
            unset=() if known.get(variable) else (cut(variable, 80),),
        )
        for header, variable in named.items()
    )


def _milliseconds(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _keep_secrets(raw: dict[str, Any], written: Written, around: Surroundings) -> None:
    for name, value in {**_strings(raw.get("env")), **written.headers}.items():
        around.keep_secret(name, value)
        around.keep_secret(name, value.strip().rpartition(" ")[2])
        for found in PLACEHOLDER.finditer(value):
            around.keep_secret(name, (found["default"] or "").removeprefix(":-"))
    for found in PLACEHOLDER.finditer(written.url):
        around.keep_secret("url", (found["default"] or "").removeprefix(":-"))
