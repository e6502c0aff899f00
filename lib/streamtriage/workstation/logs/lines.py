"""What one line of a client's log says, whichever client wrote it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from streamtriage.error_text.clients_seen import client_in, telling_pieces
from streamtriage.on_first_use import compile_later

__all__ = ["LINE_LIMIT", "Line", "Said", "moment", "read_line"]

# A line longer than this is a payload; the client's own words are short.
LINE_LIMIT = 64 * 1024
TEXT_LIMIT = 600

Said = Literal[
    "starting",
    "version",
    "starting-stream",
    "connected",
    "works",
    "falls-back",
    "connect-failed",
    "reset",
    "dropped",
    "error",
    "closing",
    "closed",
    "session-expired",
    "given-up",
    "tokens",
    "tools-not-connected",
    "tool-unanswered",
    "action",
    "get",
    "get-ended",
]


@dataclass(slots=True)
class Line:
    """One telling line; `number` is an uptime, `until` and `count` belong to a run.

    `url` is the address that the line names, for logs that never name a server, and
    `client` the one whose own words stand in it, for logs of several.
    """

    said: Said
    at: float | None = None
    stamp: str = ""
    server: str = ""
    detail: str = ""
    number: float | None = None
    until: float | None = None
    count: int = 1
    offset: int = 0
    url: str = ""
    client: str = ""


_STAMP = compile_later(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,6})?(?:Z|[+-]\d\d:?\d\d)?"
)
_JSON_STAMP = compile_later(r'"(?:timestamp|time)":\s?"([^"]{10,40})"')
_JSON_TEXT = compile_later(
    r'"(?:debug|error|message|msg)":\s?"((?:[^"\\]|\\.){0,2000})'
)
_DEBUG = compile_later(r'\[[A-Z]{3,8}\] MCP server "([^"]{1,200})":? ')
_PID = compile_later(r"^(?:\[[^\]]{1,40}\]){1,2} ")
_LEVEL = compile_later(
    r"^\s{0,4}\[(?:error|info|warning|warn|debug|trace)\] ", re.IGNORECASE
)

_WORDS: tuple[tuple[str, str, Said], ...] = (
    ("dropped after", r"connection dropped after (\d{1,9})s uptime", "dropped"),
    ("No token data", r"^No token data found", "tokens"),
    ("uccessfully connected", r"^Successfully connected \(", "connected"),
    ("state: Running", r"Connection state: (?:Running|Ready)", "connected"),
    ("itializing", r"Initializing \S{1,20} transport to (\S{1,2000})", "starting"),
    ("laude-code/", r"claude-code/(\d{1,3}\.\d{1,3}\.\d{1,5})", "version"),
    ("GET-stream", r"^(SSE GET-stream reconnection exhausted.{0,80})", "closing"),
    ("losing transport", r"^(Closing transport \([^)]{1,80}\))", "closing"),
    ("ession expired", r"MCP session expired \(([^)]{1,80})\)", "session-expired"),
    ("attempts (", r"^Max reconnection attempts \((\d{1,3})\)", "given-up"),
    ("fetch tools", r"Failed to fetch tools: Not connected", "tools-not-connected"),
    (
        "onnection failed",
        r"onnection failed after \d{1,9}ms(.{0,300})",
        "connect-failed",
    ),
    ("state: Starting", r"Connection state: Starting", "starting-stream"),
    ("conn=connecting", r"\bconn=connecting", "starting-stream"),
    ("conn=connected", r"\bconn=connected", "connected"),
    ("iscovered", r"Discovered \d{1,5} tools?", "works"),
    ("Connection reset -", r"^(Connection reset - .{0,80})", "reset"),
    (
        "failed to start",
        r"MCP client for .{1,120}failed to start(.{0,200})",
        "connect-failed",
    ),
    (
        "status sending",
        r"(\d{3} status sending message to .{0,200})",
        "falls-back",
    ),
    ("closed after", r"connection closed after \d", "closed"),
    (
        "Tool '",
        r"^Tool '[^']{1,80}' (?:still running|.{0,40}timed out)",
        "tool-unanswered",
    ),
    (
        "TTP Request: GET",
        r"HTTP Request: GET (https?://\S{1,500} \"HTTP/[\d.]{1,3} \d{3})",
        "get",
    ),
    ("GET stream disc", r"GET stream disconnected, reconnecting", "get-ended"),
    ("eceived session", r"Received session ID: ", "connected"),
    ("equest timed out", r"-32001:? Request timed out", "tool-unanswered"),
    ("Tool '", r"^Tool '([\w.:/-]{1,80})'", "action"),
    ("Calling MCP", r"Calling MCP tool: ([\w.:/-]{1,80})", "action"),
)
_CONTAINS = tuple(
    (needle, compile_later(pattern), said) for needle, pattern, said in _WORDS
)
_ERROR = compile_later(
    r"(?:Connection error: |Client error(?: for command|:) |Error from remote server: "
    r"|Error from MCP server: |MCP ERROR \([^)]{1,80}\): |Connection state: Error "
    r"|^)(?P<text>.*)",
    re.DOTALL,
)
_IS_ERROR = compile_later(
    r"^Connection error: |Client error(?: for command|:)|SSE stream"
    r"|Error from (?:remote|MCP)|MCP ERROR \(|Error dialing|SdkHttpError"
    r"|Maximum reconnection attempts|Connection state: Error"
    rf"|{'|'.join(re.escape(piece) for piece in telling_pieces())}"
)
_ADDRESS = compile_later(r"for url \((https?://[^)\s]{1,500})\)")


_SERVER = compile_later(
    r"MCP ERROR \(([^)]{1,80})\)|MCP server \\?[\"']([^\"'\\]{1,80})\\?[\"']"
    r"|message=\"server unavailable\" key=(\S{1,80})"
)


def _server_in(text: str) -> str:
    """Return the server that a line names in a client's own way; "" if it does not."""
    found = _SERVER.search(text)
    return found[found.lastindex or 0] if found else ""


def moment(stamp: str) -> float | None:
    """Return the seconds since 1970 of a printed time; local times count as UTC."""
    try:
        read = datetime.fromisoformat(stamp.replace(",", "."))
    except ValueError:
        return None
    return (read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp()


def read_line(raw: bytes, server: str = "") -> tuple[Line | None, bool]:
    """Return what a line says, and whether it was a broken JSON record.

    `server` is the name that the file's folder gives, for logs that do not name one.
    """
    text = raw[:LINE_LIMIT].decode("utf-8", "replace").strip("\ufeff\x00 \r\n\t")
    if text.startswith("{"):
        said, stamp, broken = _record(text)
    else:
        said, stamp, broken = text, "", False
        found = _STAMP.search(text, 0, 80)
        if found:
            stamp = found[0]
            said = text[found.end() :].lstrip("] ")
        named = _DEBUG.search(text, 0, 300)
        if named:
            server, said = named[1], text[named.end() :]
        said = _PID.sub("", _LEVEL.sub("", said))
    line = _classified(said[:TEXT_LIMIT])
    if line is not None:
        server, line.client = server or _server_in(text), client_in(text)
        line.stamp, line.at, line.server = stamp, moment(stamp), server
        named_url = _ADDRESS.search(text) if line.said == "error" else None
        line.url = named_url[1] if named_url else ""
    return line, broken


_SAYING = ("debug", "error", "message", "msg")
_STAMPS = ("timestamp", "time")


def _first(record: dict[str, object], keys: tuple[str, ...]) -> str:
    values = (record.get(key) for key in keys)
    return next((each for each in values if isinstance(each, str)), "")


def _record(text: str) -> tuple[str, str, bool]:
    try:
        record = json.loads(text)
    except (ValueError, RecursionError):
        record = None
    if isinstance(record, dict):
        said, stamp = _first(record, _SAYING), _first(record, _STAMPS)
        # As programs of Rust write their log.
        inner = record.get("fields")
        said = said or (_first(inner, _SAYING) if isinstance(inner, dict) else "")
        return said, stamp, False
    # A record that a crash or a rotation cut in two still has its words.
    said_spot, stamp_spot = _JSON_TEXT.search(text), _JSON_STAMP.search(text)
    said = said_spot[1].replace('\\"', '"') if said_spot else ""
    return said, stamp_spot[1] if stamp_spot else "", True


def _classified(text: str) -> Line | None:
    for needle, pattern, said in _CONTAINS:
        if needle in text:
            found = pattern.search(text)
            if found:
                return _line(said, found[1] if found.re.groups else "")
    if _IS_ERROR.search(text):
        error = _ERROR.search(text)
        return _line("error", error["text"] if error else text)
    return None


def _line(said: Said, detail: str | None) -> Line:
    detail = (detail or "").strip()
    number = float(detail) if said == "dropped" else None
    return Line(said, detail=detail, number=number)
