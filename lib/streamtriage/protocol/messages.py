"""MCP messages and headers, per protocol revision."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from streamtriage import __version__
from streamtriage.redaction import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = [
    "LEGACY_REVISION",
    "MODERN_ERRORS",
    "MODERN_REVISION",
    "OURS",
    "SESSION_HEADER",
    "VERSION_HEADER",
    "discover",
    "initialize",
    "initialized",
    "listen",
    "modern_headers",
    "no_roots",
    "ping",
    "promised",
    "roots_changed",
    "rpc_reply",
    "sendable",
    "tools_list",
    "words",
]

LEGACY_REVISION = "2025-11-25"
MODERN_REVISION = "2026-07-28"
SESSION_HEADER = "mcp-session-id"
VERSION_HEADER = "mcp-protocol-version"

# HeaderMismatch, MissingRequiredClientCapability, UnsupportedProtocolVersion: only a
# server of revision 2026-07-28 or later answers with these (basic/versioning).
MODERN_ERRORS = (-32020, -32021, -32022)

OURS = {"name": "streamtriage", "version": __version__}


def initialize(
    revision: str = LEGACY_REVISION,
    capabilities: Mapping[str, Any] | None = None,
    client_info: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return the request that opens a session; `client_info` is ours if not given."""
    params = {
        "protocolVersion": revision,
        "capabilities": dict(capabilities or {}),
        "clientInfo": dict(client_info or OURS),
    }
    return _request("initialize", params)


def roots_changed() -> dict[str, Any]:
    """Return the notification after which a server may ask for our list of roots.

    It says nothing of us, and a server that asks does so on the GET stream.
    """
    return {"jsonrpc": "2.0", "method": "notifications/roots/list_changed"}


def no_roots(request: str | int) -> dict[str, Any]:
    """Return the answer that the server's request for our roots is owed: none."""
    return {"jsonrpc": "2.0", "id": request, "result": {"roots": []}}


def initialized() -> dict[str, Any]:
    """Return the notification that must be answered 202."""
    return {"jsonrpc": "2.0", "method": "notifications/initialized"}


def ping() -> dict[str, Any]:
    """Return the request that asks for nothing but an answer."""
    return _request("ping", None)


def tools_list(*, modern: bool = False) -> dict[str, Any]:
    """Return a harmless request that every server knows how to refuse."""
    return _request("tools/list", _envelope() if modern else {})


def discover() -> dict[str, Any]:
    """Return the request that only revision 2026-07-28 and later know."""
    return _request("server/discover", _envelope())


def listen(number: int, kinds: Iterable[str] = ("toolsListChanged",)) -> dict[str, Any]:
    """Return the request whose response is revision 2026-07-28's long stream."""
    params = {"notifications": dict.fromkeys(kinds, True), **_envelope()}
    request = _request("subscriptions/listen", params)
    return request | {"id": f"listen-{number}"}


def promised(capabilities: object) -> tuple[str, ...]:
    """Return what a server says it would send on that stream; empty for nothing.

    `capabilities` is that of its answer to `server/discover`.
    """
    offered = capabilities if isinstance(capabilities, dict) else {}
    return tuple(
        f"{name}ListChanged"
        for name in ("tools", "prompts", "resources")
        if isinstance(offered.get(name), dict) and offered[name].get("listChanged")
    )


def modern_headers(method: str) -> dict[str, str]:
    """Return the headers that a 2026-07-28 request repeats from its body."""
    return {VERSION_HEADER: MODERN_REVISION, "mcp-method": method}


def _envelope() -> dict[str, Any]:
    prefix = "io.modelcontextprotocol/"
    return {
        "_meta": {
            prefix + "protocolVersion": MODERN_REVISION,
            prefix + "clientInfo": OURS,
            prefix + "clientCapabilities": {},
        }
    }


def _request(method: str, params: dict[str, Any] | None) -> dict[str, Any]:
    message: dict[str, Any] = {"jsonrpc": "2.0", "id": 1, "method": method}
    if params is not None:
        message["params"] = params
    return message


def sendable(revision: object) -> str | None:
    """Return a negotiated revision if a header can carry it as it is, else None."""
    if isinstance(revision, str) and re.fullmatch(r"[!-~]{1,64}", revision):
        return revision
    return None


def words(value: object) -> tuple[str, ...]:
    """Return the strings of a list that a peer sent, within bounds."""
    if not isinstance(value, list):
        return ()
    return tuple(visible(each)[:32] for each in value[:20] if isinstance(each, str))


def rpc_reply(text: str) -> dict[str, Any] | None:
    """Return the JSON-RPC response in a body, or None if there is none."""
    try:
        # As in `fetch`, a byte order mark is no part of the text.
        parsed = json.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError):
        return None
    if isinstance(parsed, list) and parsed:
        parsed = parsed[0]
    if not isinstance(parsed, dict) or parsed.get("jsonrpc") != "2.0":
        return None
    return parsed if "result" in parsed or "error" in parsed else None
