"""Which proxy Node and Bun take from the environment; each has rules of its own."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING

from streamtriage.model import ProxyChoice
from streamtriage.model.addresses import port_of
from streamtriage.transport.http_library import httpx

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["bun_choice", "node_choice", "proxy_label"]

# Measured with fetch of Node 24.19.0 and of Bun 1.4.4 against a recording proxy; the
# rules of Node's are those of undici's lib/dispatcher/env-http-proxy-agent.js.


def node_choice(url: str, env: Mapping[str, str]) -> ProxyChoice:
    """Return what Node's fetch does: nothing at all without NODE_USE_ENV_PROXY=1.

    An https URL falls back to HTTP_PROXY. In NO_PROXY a `*` counts only alone, ranges
    of addresses do not count.
    """
    if env.get("NODE_USE_ENV_PROXY") != "1":
        because = "Node ignores the proxy variables without NODE_USE_ENV_PROXY=1"
        return ProxyChoice(runtime="Node", because=because)
    target = httpx.URL(url)
    names = ["https_proxy"] if target.scheme == "https" else []
    found = next(
        (pair for name in (*names, "http_proxy") if (pair := _defined(name, env))[1]),
        ("", ""),
    )
    if not found[1]:
        return ProxyChoice(runtime="Node", because="no proxy variable applies")
    variable, rules = _defined("no_proxy", env)
    if rules == "*" or any(_names(rule, target) for rule in _split(rules)):
        return ProxyChoice(runtime="Node", because=f"{variable} names this host")
    return ProxyChoice(
        runtime="Node", proxy=proxy_label(found[1]), because=f"{found[0]} is set"
    )


def bun_choice(url: str, env: Mapping[str, str]) -> ProxyChoice:
    """Return what Bun's fetch, and so native Claude Code, does.

    ALL_PROXY is the fallback, HTTP_PROXY is none for https. In NO_PROXY a `*` counts
    anywhere, and ranges of addresses count.
    """
    target = httpx.URL(url)
    found = next(
        (
            (spelling, env[spelling])
            for name in (f"{target.scheme}_proxy", "all_proxy")
            for spelling in (name, name.upper())
            if env.get(spelling)
        ),
        ("", ""),
    )
    if not found[1]:
        return ProxyChoice(runtime="Bun", because="no proxy variable applies")
    variable = "no_proxy" if env.get("no_proxy") else "NO_PROXY"
    rules = _split(env.get(variable, ""))
    if any(r == "*" or _holds(r, target) or _names(r, target) for r in rules):
        return ProxyChoice(runtime="Bun", because=f"{variable} names this host")
    return ProxyChoice(
        runtime="Bun", proxy=proxy_label(found[1]), because=f"{found[0]} is set"
    )


def proxy_label(proxy: str) -> str:
    """Return scheme, host and port of a proxy, never its password."""
    try:
        parsed = httpx.URL(proxy if "://" in proxy else f"http://{proxy}")
    except (httpx.InvalidURL, UnicodeError, ValueError):
        return "(a proxy that cannot be read)"
    port = f":{parsed.port}" if parsed.port else ""
    host = f"[{parsed.host}]" if ":" in parsed.host else parsed.host
    return f"{parsed.scheme}://{host}{port}"


def _defined(name: str, env: Mapping[str, str]) -> tuple[str, str]:
    """Return the variable that Node reads: lower case first, though it be empty."""
    spelling = name if name in env else name.upper()
    return spelling, env.get(spelling, "")


def _split(rules: str) -> list[str]:
    return [rule for rule in re.split(r"[,\s]+", rules.lower()) if rule]


def _names(rule: str, target: httpx.URL) -> bool:
    host, port = rule, ""
    if match := re.fullmatch(r"\[([^\]]+)\](?::(\d+))?|([^:]+):(\d+)", rule):
        host, port = match[1] or match[3], match[2] or match[4] or ""
    if port and int(port) != _port(target):
        return False
    domain = host.removeprefix("*").removeprefix(".").rstrip(".")
    name = target.host.lower().rstrip(".")
    return bool(domain) and (name == domain or name.endswith(f".{domain}"))


def _holds(rule: str, target: httpx.URL) -> bool:
    if "/" not in rule:
        return False
    try:
        held = ipaddress.ip_network(rule, strict=False)
        return ipaddress.ip_address(target.host) in held
    except ValueError:
        return False


def _port(target: httpx.URL) -> int:
    return port_of(target.scheme, target.port)
