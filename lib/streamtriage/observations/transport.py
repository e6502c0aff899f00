"""Which transport the client at hand speaks: HTTP+SSE of 2024-11-05, or the newer one.

The same URL, config entry or text is right for one of them and wrong for the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.knowledge.families import client_named
from streamtriage.observations.this_machine import servers_of
from streamtriage.on_first_use import compile_later

if TYPE_CHECKING:
    from streamtriage.model import Exchange, RemoteServer
    from streamtriage.observations.case import Case

__all__ = [
    "asks_newer_first",
    "entries_at_hand",
    "mistaken_entries",
    "names_endpoint",
    "speaks_old",
]

# Halves of a text that only somebody prints who had been connected.
_HAD_LIVED = frozenset(("cut", "session-lost", "event-unreadable"))
# The SDKs' SSE clients print the first; the others name the transport themselves.
_OLD_TEXT = compile_later(
    r"SSE error: Non-200 status code|SSEClientTransport|mcp\.client\.sse\b"
    r"|HttpClientSseClientTransport|Discovered \d+ tools(?=[\s\S]*Error reading SSE)",
)
# It tries the older transport only after the newer one, and prints that one's error.
_FALLS_BACK = frozenset(("opencode", "cursor", "mcp-remote"))
# Its log shows a POST first whatever the type of the entry is, "sse" included:
# microsoft/vscode-copilot-release#11422.
_NEWER_FIRST = frozenset(("vscode", "opencode"))
_FELL_BACK = compile_later(
    r"attempt to fall back to legacy SSE[\s\S]*?(Discovered \d+ |Connection state: Run)"
)
_SAYS_SSE = compile_later(r"(?m)^event: ?endpoint\s*$")


def speaks_old(case: Case) -> bool | None:
    """Tell whether the client speaks HTTP+SSE: by config, by text, by what is served.

    None where nothing says it: the newer transport is then the client's. A text of
    somebody who had been connected, to a URL where only the older transport is served,
    says it as well.
    """
    entries = entries_at_hand(case)
    seen = case.http_sse
    greeted = case.handshake.initialize if case.handshake else None
    only_old = seen is not None and seen.served and not (greeted and greeted.accepted)
    if entries and all(map(asks_newer_first, entries)):
        says_sse = any(each.transport == "sse" for each in entries)
        return True if only_old and (says_sse or _said_by_text(case)) else None
    by_entry = _by_entries(entries)
    if by_entry is True or _said_by_text(case):
        return True
    if by_entry is False:
        return False
    prints_newer = case.signature.legacy_session
    lived = bool(_HAD_LIVED & {case.signature.half, *case.signature.halves})
    return True if only_old and lived and not prints_newer else None


def _said_by_text(case: Case) -> bool:
    """Tell whether the pasted text is one that only an HTTP+SSE client prints."""
    text, client = case.intake.error, client_named(case.intake.client)
    printed = case.signature.client
    if client in _FALLS_BACK or (printed is not None and printed.name in _FALLS_BACK):
        return False
    return bool(_OLD_TEXT.search(text) or _FELL_BACK.search(text))


def entries_at_hand(case: Case) -> tuple[RemoteServer, ...]:
    """Return the configured entries of this server that the client at hand reads.

    Those of the named client where one is named and has any; all of them else.
    """
    if not case.intake.url:
        return ()
    unused = ("masked", "disabled", "rejected")
    used = [each for each in servers_of(case) if each.state not in unused]
    named = client_named(case.intake.client)
    if not named:
        return tuple(used)
    return tuple(s for s in used if client_named(s.client) == named)


def asks_newer_first(entry: RemoteServer) -> bool:
    """Tell whether this client asks for Streamable HTTP first, whatever is written."""
    return not entry.wrapper and client_named(entry.client) in _NEWER_FIRST


def _by_entries(entries: tuple[RemoteServer, ...]) -> bool | None:
    kinds = {each.transport for each in entries if each.transport}
    if kinds == {"sse"}:
        return True
    return False if kinds == {"http"} else None


def mistaken_entries(case: Case) -> tuple[RemoteServer, ...]:
    """Return entries that name HTTP+SSE for a server that was seen to speak the other.

    It answered `initialize` as Streamable HTTP, and its GET names no endpoint.
    """
    greeted = case.handshake.initialize if case.handshake else None
    if greeted is None or not greeted.worked:
        return ()
    named = tuple(each for each in entries_at_hand(case) if each.transport == "sse")
    seen = case.http_sse
    if seen is None:
        return tuple(filter(asks_newer_first, named))
    got = seen.refused
    return named if not seen.served and got is not None and got.answered else ()


def names_endpoint(seen: Exchange | None) -> bool:
    """Tell whether a GET opened a stream whose first event is `endpoint`."""
    return seen is not None and (
        seen.other_event == "endpoint" or bool(_SAYS_SSE.search(seen.excerpt))
    )
