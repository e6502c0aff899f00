"""The observation behind a verdict, made again with curl alone."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING

from streamtriage.model import HandshakeEvidence
from streamtriage.on_first_use import compile_later
from streamtriage.redaction import HIDDEN

if TYPE_CHECKING:
    from streamtriage.model import Finding, Report

__all__ = ["URL_VARIABLE", "address", "curl"]

URL_VARIABLE = "MCP_URL"

_REACHED = ("reach", "tls", "proxy")
_POSTED = ("handshake", "auth", "era")
# The other questions about streams take more than one request can show.
_STREAMED = ("open", "hold", "reopen")
# A saved report may come from anywhere, and these become part of a shell's line.
_VARIABLE = compile_later(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
_FIELD = compile_later(r"[A-Za-z0-9!#%&'*+.^_|~-]{1,80}")
# Within this time a healthy server has answered, and a stream has shown that it is one.
_PATIENCE_S = 10


def address(report: Report) -> str:
    """Return the URL for a shell; a variable where it is a secret in itself."""
    url = report.target.url
    return f'"${URL_VARIABLE}"' if HIDDEN in url else shlex.quote(url)


def curl(report: Report, finding: Finding) -> str:
    """Return commands that show what a finding rests on; empty if curl cannot.

    They take secrets from the variables that the triage took them from. A session that
    they begin is left for the server to expire.
    """
    verified = (fix.verify for fix in finding.fixes[:1])
    probe = next(filter(None, (*verified, *finding.rests_on)), "")
    if probe in _REACHED:
        return _reach(report)
    if probe == "redirect":
        return _redirect(report)
    if probe in _POSTED:
        return f"{_initialize(report)} -i {address(report)}\n"
    if probe in _STREAMED and report.era != "modern":
        return _stream(report, probe)
    return ""


def _reach(report: Report) -> str:
    return f"{_curl(report)} -v -o /dev/null {address(report)}\n"


def _redirect(report: Report) -> str:
    form = shlex.quote(r"%{http_code} %{redirect_url}\n")
    return f"{_curl(report)} -o /dev/null -w {form} {address(report)}\n"


def _stream(report: Report, probe: str) -> str:
    """Begin a session as a client does, and ask for its stream."""
    patience_s = max(_PATIENCE_S, report.intake.hold_s + 5 if probe == "hold" else 0)
    # The name of the session's header is not spelled out: redaction would hide what
    # follows it, here a variable that holds the whole header.
    begin = (
        f"SESSION=$({_initialize(report)} -D - -o /dev/null {address(report)} "
        "| tr -d '\\r' | grep -i '^mcp-session')\n"
    )
    ended = shlex.quote(r"\nended after %{time_total} s\n")
    get = (
        f"{_curl(report, patience_s)} -N -i -H 'Accept: text/event-stream' "
        f'-H "$SESSION" -H {shlex.quote(f"MCP-Protocol-Version: {_revision(report)}")} '
        f"-w {ended} {address(report)}\n"
    )
    again = "sleep 1\n" + get if probe == "reopen" else ""
    return begin + get + again


def _initialize(report: Report) -> str:
    told = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "initialize",
        "params": {
            "protocolVersion": _revision(report),
            "capabilities": {},
            "clientInfo": {"name": "curl", "version": "0"},
        },
    }
    return (
        f"{_curl(report)} -H 'Content-Type: application/json' "
        "-H 'Accept: application/json, text/event-stream' "
        f"-d {shlex.quote(json.dumps(told, separators=(',', ':')))}"
    )


def _revision(report: Report) -> str:
    for seen in report.evidence:
        if isinstance(seen, HandshakeEvidence) and seen.revision:
            return seen.revision
    return report.target.revision


def _curl(report: Report, patience_s: float = _PATIENCE_S) -> str:
    intake = report.intake
    words = ["curl", "-sS", "--max-time", f"{patience_s:g}"]
    if intake.proxy:
        words += ["--proxy", shlex.quote(intake.proxy)]
    if intake.ca_file:
        words += ["--cacert", shlex.quote(intake.ca_file)]
    if _VARIABLE.fullmatch(intake.auth_env):
        words += ["-H", f'"Authorization: Bearer ${intake.auth_env}"']
    for name, variable in intake.header_envs.items():
        if _FIELD.fullmatch(name) and _VARIABLE.fullmatch(variable):
            words += ["-H", f'"{name}: ${variable}"']
    return " ".join(words)
