"""How each client wants a remote server to be written down."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["DIALECTS", "Dialect"]


@dataclass(frozen=True)
class Dialect:
    """One client's rules; `types` maps each accepted spelling to its transport.

    `untyped` is the transport taken where no type is given, "" where that is an error.
    `expands` names the forms of variables that are replaced: braced is ${NAME}, env is
    ${env:NAME}, input is ${input:name}, bare is $NAME, open is {env:NAME}. None means
    that it is not known.
    """

    client: str
    key: str
    url_keys: tuple[str, ...] = ("url",)
    header_keys: tuple[str, ...] = ("headers",)
    types: Mapping[str, str] = field(default_factory=dict)
    untyped: str = "http"
    expands: tuple[str, ...] | None = None
    comments: bool = False
    wrong_keys: tuple[str, ...] = ()
    type_to_write: str = "http"


_COMMON = {"http": "http", "sse": "sse", "stdio": "stdio"}
_CAMEL = {"streamableHttp": "http", "sse": "sse", "stdio": "stdio"}

DIALECTS: Mapping[str, Dialect] = {
    dialect.client: dialect
    for dialect in (
        Dialect(
            "Claude Code",
            "mcpServers",
            types={**_COMMON, "streamable-http": "http", "ws": "ws", "sdk": "sdk"},
            untyped="",
            expands=("braced",),
            wrong_keys=("servers", "mcp_servers", "mcp"),
        ),
        Dialect(
            "Cursor",
            "mcpServers",
            types={**_COMMON, **_CAMEL, "streamable-http": "http"},
            expands=("env",),
            comments=True,
            wrong_keys=("servers", "mcp_servers", "mcp"),
        ),
        Dialect(
            "VS Code",
            "servers",
            types=_COMMON,
            expands=("env", "input"),
            comments=True,
            wrong_keys=("mcpServers", "mcp_servers", "mcp"),
        ),
        Dialect(
            "Cline",
            "mcpServers",
            types=_CAMEL,
            # Cline takes an entry without a type for the older transport.
            untyped="",
            wrong_keys=("servers", "mcp_servers"),
            type_to_write="streamableHttp",
        ),
        Dialect(
            "Roo Code",
            "mcpServers",
            types={"streamable-http": "http", "sse": "sse", "stdio": "stdio"},
            untyped="",
            expands=("env",),
            wrong_keys=("servers", "mcp_servers"),
            type_to_write="streamable-http",
        ),
        Dialect(
            "Windsurf",
            "mcpServers",
            url_keys=("serverUrl", "url"),
            types={**_COMMON, **_CAMEL, "streamable-http": "http"},
            expands=("env",),
            wrong_keys=("servers", "mcp_servers"),
        ),
        Dialect(
            "Gemini CLI",
            "mcpServers",
            url_keys=("httpUrl", "url"),
            types=_COMMON,
            expands=("braced", "bare"),
            comments=True,
            wrong_keys=("servers", "mcp_servers"),
        ),
        Dialect(
            "Qwen Code",
            "mcpServers",
            url_keys=("httpUrl", "url"),
            types=_COMMON,
            expands=("braced", "bare"),
            comments=True,
            wrong_keys=("servers", "mcp_servers"),
        ),
        Dialect(
            "Copilot CLI",
            "mcpServers",
            types={**_COMMON, "local": "stdio"},
            wrong_keys=("servers", "mcp_servers"),
        ),
        Dialect(
            "Codex",
            "mcp_servers",
            header_keys=("http_headers",),
            types={},
            expands=(),
            wrong_keys=("mcpServers", "mcpservers", "servers"),
        ),
        Dialect(
            "opencode",
            "mcp",
            types={"remote": "http", "local": "stdio"},
            untyped="",
            expands=("open",),
            comments=True,
            wrong_keys=("mcpServers", "servers"),
            type_to_write="remote",
        ),
        Dialect(
            "Crush",
            "mcp",
            types={"http": "http", "sse": "sse", "stdio": "stdio"},
            expands=("bare",),
            wrong_keys=("mcpServers", "servers"),
        ),
        Dialect(
            "Claude Desktop",
            "mcpServers",
            types={"stdio": "stdio"},
            wrong_keys=("servers",),
        ),
    )
}
