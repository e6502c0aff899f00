"""Which SDK generation on which JavaScript engine printed a text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from streamtriage.on_first_use import compile_later

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streamtriage.error_text.messages import Generation, Message
    from streamtriage.error_text.normalise import Ink

__all__ = ["runtime"]

Engine = Literal["node", "bun"]

_NODE = compile_later(
    r"TypeError: terminated|fetch failed|\bUND_ERR_|node:internal/deps/undici"
    r"|is not valid JSON"
)
_BUN = compile_later(
    r"The socket connection was closed unexpectedly|Unable to connect\. Is the computer"
    r"|TimeoutError: The operation timed out\.|JSON Parse error:"
    r"|Does the server speak TLS on this port"
)

# Claude Code says so in its User-Agent, in its banner and in `claude --version`.
_VERSION = compile_later(
    r"claude[- ]code(?:/|(?:\s{1,2}version)?\s{1,2}v?)(\d{1,3}\.\d{1,3}\.\d{1,4})\b"
    r"|\b(\d{1,3}\.\d{1,3}\.\d{1,4})\s{1,2}\(Claude Code\)",
    re.IGNORECASE,
)
Version = tuple[int, ...]
# Measured: the native build, which is Bun, began with 2.1.113. Its log still names a
# "Node version", which is only the one that Bun claims to be.
_FIRST_ON_BUN: Version = (2, 1, 113)
# Measured: v2 came with 2.1.218 and v1 could be asked for up to 2.1.322. Between them,
# equal versions run different clients.
_FIRST_WITH_V2: Version = (2, 1, 218)
_FIRST_WITHOUT_V1: Version = (2, 1, 323)


def runtime(ink: Ink, messages: list[Message], of_client: str = "") -> str:
    """Name generation and engine as far as texts decide them, then versions.

    `of_client` is the runtime that the client's own table names, if it is no SDK's.
    """
    if not ink.letters:
        return of_client or "unknown"
    versions = [
        tuple(map(int, (found[1] or found[2]).split(".")))
        for found in _VERSION.finditer(ink.text)
    ]
    generation = _generation(ink, messages)
    if of_client and generation is None:
        return of_client
    generation = generation or _agreed(_generation_of(v) for v in versions)
    engine = _engine(ink, messages, versions)
    return "-".join(filter(None, (generation, engine))) or "unknown"


def _agreed(answers: Iterable[str | None]) -> str | None:
    known = set(answers)
    return known.pop() if len(known) == 1 else None


def _generation(ink: Ink, messages: list[Message]) -> str | None:
    """Take the last reopening's word, else the last word of any message."""
    for reopenings_only in (True, False):
        for message in reversed(messages):
            if message.generation and (message.half == "reopen" or not reopenings_only):
                return message.generation
    if "streamablehttperror:" in ink.letters:
        return "v1"
    if "sdkhttperror" in ink.letters or "client_http_" in ink.letters:
        return "v2"
    return None


def _generation_of(version: Version) -> Generation | None:
    if version < _FIRST_WITH_V2:
        return "v1"
    return "v2" if version >= _FIRST_WITHOUT_V1 else None


def _engine(ink: Ink, messages: list[Message], versions: list[Version]) -> str | None:
    """Ask the SDK's own messages first: a log may hold other programs' texts."""
    said = _engine_in("\n".join(message.line for message in messages))
    by_version = _agreed("bun" if v >= _FIRST_ON_BUN else "node" for v in versions)
    return said or by_version or _engine_in(ink.text)


def _engine_in(text: str) -> Engine | None:
    node, bun = _NODE.search(text), _BUN.search(text)
    if bool(node) == bool(bun):
        return None
    return "node" if node else "bun"
