"""Which products are of one make: what mends one of them mends no other."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["client_named", "clients_of", "families_of", "family_of", "hops_of"]


def _compiled(words: dict[str, str]) -> Mapping[str, re.Pattern[str]]:
    found = {name: re.compile(sign, re.IGNORECASE) for name, sign in words.items()}
    return MappingProxyType(found)


# The language in which a server is written decides which of its fixes can be pasted.
_FAMILY: Mapping[str, str] = MappingProxyType(
    {
        "typescript": "node",
        "node": "node",
        "tmcp": "node",
        "nestjs": "node",
        "python": "python",
        "python-web": "python",
        "fastmcp": "python",
        "litellm": "python",
        "go": "go",
        "mcp-go": "go",
        "toolbox": "go",
        "rust": "rust",
        "csharp": "csharp",
        "java": "java",
        "kotlin": "kotlin",
    }
)
_FAMILY_WORDS = _compiled(
    {
        "node": r"typescript|express|node|hono|fastify",
        "python": r"python|fastmcp|starlette|fastapi|uvicorn|django",
        "go": r"\bgo server|mcp-go|go-sdk",
        "rust": r"rust",
        "csharp": r"c#|asp\.net",
        "java": r"\bjava\b|spring",
        "kotlin": r"kotlin",
    }
)
_HOP_WORDS = _compiled(
    {
        "nginx": r"nginx",
        "haproxy": r"haproxy",
        "squid": r"squid",
        "varnish": r"varnish",
        "cloudflare": r"cloudflare",
        "alb": r"aws alb|load balancer of aws",
        "traefik": r"traefik",
        "caddy": r"caddy",
    }
)
# What a person types for a client, or a fix is headed with.
_CLIENT_WORDS = _compiled(
    {
        "claude-code": r"claude[ -]?code|^claude$",
        "cursor": r"cursor",
        "vscode": r"vs ?code|visual studio code|copilot chat",
        "gemini-cli": r"gemini",
        "cline": r"cline",
        "roo-code": r"\broo\b|roo[ -]?code",
        "windsurf": r"windsurf|codeium",
        "mcp-inspector": r"inspector",
        "mcp-remote": r"mcp-remote",
        "qwen-code": r"qwen",
        "codex": r"codex",
        "opencode": r"opencode",
    }
)


def family_of(product: str) -> str:
    """Return the language of a server product; empty for a hop or a client."""
    return _FAMILY.get(product, "")


@cache
def families_of(where: str) -> frozenset[str]:
    """Return the languages that a fix is meant for; empty where it is for any."""
    return _named(_FAMILY_WORDS, where)


@cache
def hops_of(where: str) -> frozenset[str]:
    """Return the intermediaries that a fix is meant for."""
    return _named(_HOP_WORDS, where)


@lru_cache(maxsize=1024)
def clients_of(where: str) -> frozenset[str]:
    """Return the clients that a fix is meant for."""
    return _named(_CLIENT_WORDS, where)


def client_named(typed: str) -> str:
    """Return the client that a person named, or their text shows; empty if none."""
    return next(iter(sorted(clients_of(typed.strip()))), "")


def _named(signs: Mapping[str, re.Pattern[str]], text: str) -> frozenset[str]:
    return frozenset(name for name, sign in signs.items() if sign.search(text))
