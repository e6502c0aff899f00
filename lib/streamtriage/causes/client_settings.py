"""Causes in how the person's machine is configured: files, variables, containers."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from streamtriage.causes.case import (
    ANY,
    Case,
    Judgement,
    absent,
    cause,
    present,
    suspected,
    unknown,
)
from streamtriage.causes.local import local_of, log_of, servers_of
from streamtriage.causes.words import answer
from streamtriage.model import Citation, Failure, Fix

if TYPE_CHECKING:
    from streamtriage.model import LocalEvidence, ShapeKind, ShapeProblem

__all__ = [
    "config_entry_masked",
    "config_entry_not_approved",
    "config_entry_unusable",
    "config_in_wrong_place",
    "config_sse_url_as_http",
    "config_value_with_blank",
    "config_variable_not_filled",
    "container_localhost",
    "proxy_env_connect_refused",
]

_DOCS = Citation(source="https://code.claude.com/docs/en/mcp")
_LAB = Citation(source="lab, Claude Code 2.1.330, 2026-11-22", grade="L")
_SHAPE = Fix(
    where="the client's MCP configuration",
    what="Write the entry as the client wants it.",
    paste='{"mcpServers": {"NAME": {"type": "http", "url": "https://HOST/mcp"}}}',
    verify="handshake",
)


def _mistakes(
    case: Case, *kinds: ShapeKind
) -> tuple[list[ShapeProblem], list[ShapeProblem]] | None:
    """Return the mistakes of the entry at hand, and those of files as a whole."""
    local = local_of(case)
    if local is None:
        return None
    of_kind = [problem for problem in local.problems if problem.kind in kinds]
    own = {(s.client, s.name, s.path) for s in servers_of(case)}
    mine = [p for p in of_kind if (p.client, p.server, p.path) in own]
    whole = [p for p in of_kind if not p.server]
    if not case.intake.url:
        mine = [p for p in of_kind if p.server]
    return mine, whole


def _judged(case: Case, *kinds: ShapeKind, right: str) -> Judgement:
    found = _mistakes(case, *kinds)
    if found is None:
        return unknown("The person's machine was not looked at.")
    mine, whole = found
    if mine and case.intake.url:
        return present(_said(mine), "local")
    if mine:
        return suspected(_said(mine), "Give the URL of the server that fails.", "local")
    if whole:
        return suspected(
            _said(whole), "Mend the file, and start the client again.", "local"
        )
    return absent(right, "local")


def _said(problems: list[ShapeProblem]) -> str:
    said = [f"{problem.says} ({problem.path}) {problem.fix}" for problem in problems]
    more = f" And {len(said) - 3} more." if len(said) > 3 else ""
    return " ".join(dict.fromkeys(said[:3])) + more


@cause(
    layer="local",
    owner="client",
    scope="local runtime",
    impact="fatal",
    eras=ANY,
    look_alike="config-in-wrong-place",
    fixes=(_SHAPE,),
    citations=(_DOCS, _LAB),
)
def config_entry_unusable(case: Case) -> Judgement:
    """The server's entry lacks what the client needs, so it is skipped."""
    return _judged(
        case,
        "type-missing",
        "type-unknown",
        "url-invalid",
        right="The entry has a type and an address.",
    )


@cause(
    layer="local",
    owner="client",
    scope="local runtime",
    impact="fatal",
    eras=ANY,
    look_alike="config-entry-unusable",
    fixes=(_SHAPE,),
    citations=(
        Citation(source="https://code.claude.com/docs/en/debug-your-config"),
        Citation(source="https://github.com/anthropics/claude-code/issues/59956"),
    ),
)
def config_in_wrong_place(case: Case) -> Judgement:
    """The server stands in a file, or under a key, that the client does not read."""
    return _judged(
        case,
        "wrong-key",
        "wrong-file",
        "unreadable",
        right="Every file that was found is one that its client reads.",
    )


@cause(
    layer="local",
    owner="client",
    scope="local runtime",
    impact="fatal",
    eras=ANY,
    look_alike="get-not-implemented-404",
    fixes=(
        Fix(
            where="the client's MCP configuration",
            what="Name the older transport, or use the server's newer address.",
            paste='"type": "sse"',
            verify="handshake",
        ),
    ),
    citations=(
        Citation(source="MCP 2025-11-25, basic/transports, Backwards Compatibility"),
        Citation(source="worldmonitor#1848", grade="I"),
    ),
)
def config_sse_url_as_http(case: Case) -> Judgement:
    """An address of the older SSE transport is configured as Streamable HTTP."""
    found = _mistakes(case, "sse-url-as-http")
    if found is None:
        return unknown("The person's machine was not looked at.")
    if not found[0]:
        return absent("No such entry was found for this server.", "local")
    first = case.handshake.initialize if case.handshake else None
    if first is not None and first.accepted:
        return absent(
            f"The address ends in /sse, but initialize is answered {answer(first)}: it "
            "is Streamable HTTP all the same.",
            "local",
            "handshake",
        )
    if first is not None and first.status in (404, 405, 400):
        return present(
            f"{_said(found[0])} initialize is answered {answer(first)} there.",
            "local",
            "handshake",
        )
    return suspected(_said(found[0]), "Run the triage against this address.", "local")


@cause(
    layer="local",
    owner="client",
    scope="local runtime",
    impact="fatal",
    eras=ANY,
    look_alike="token-expired-no-provider",
    fixes=(
        Fix(
            where="the shell that starts the client",
            what="Set the variable before the client starts, or give it a default.",
            paste="export NAME=...",
            verify="handshake",
        ),
    ),
    citations=(_DOCS, Citation(source="claude-code CHANGELOG 2.1.119")),
)
def config_variable_not_filled(case: Case) -> Judgement:
    """A variable in the entry is sent as it stands, or is not set."""
    return _judged(
        case,
        "variable-unset",
        "variable-not-expanded",
        right="Every variable in the entry is set, and the client fills it in.",
    )


@cause(
    layer="local",
    owner="client",
    scope="account/auth",
    impact="fatal",
    eras=ANY,
    look_alike="token-expired-no-provider",
    fixes=(
        Fix(
            where="the file or shell that holds the token",
            what="Store the token without a line break or blank around it.",
            paste="export NAME=\"$(tr -d '[:space:]' < token-file)\"",
            verify="handshake",
        ),
    ),
    citations=(
        Citation(source="RFC 9110, 5.5: a field value has no line break"),
        Citation(source="claude-code CHANGELOG 2.1.219"),
    ),
)
def config_value_with_blank(case: Case) -> Judgement:
    """A header or address has a line break or a blank at its edge."""
    return _judged(
        case,
        "outer-blank",
        "newline-in-value",
        right="No value of the entry has a blank or line break at its edge.",
    )


@cause(
    layer="local",
    owner="client",
    scope="local runtime",
    impact="degraded",
    eras=ANY,
    look_alike="config-entry-not-approved",
    fixes=(
        Fix(
            where="Claude Code",
            what="Keep one entry of the name.",
            paste="claude mcp remove NAME --scope SCOPE",
            verify="handshake",
        ),
    ),
    citations=(_DOCS, Citation(source="claude-code CHANGELOG 2.1.110")),
)
def config_entry_masked(case: Case) -> Judgement:
    """Another entry of the same name is used instead of this one."""
    return _judged(
        case, "duplicate-name", right="No two different entries share the name."
    )


@cause(
    layer="local",
    owner="client",
    scope="local runtime",
    impact="fatal",
    eras=ANY,
    look_alike="config-entry-masked",
    fixes=(
        Fix(
            where="the project's folder",
            what="Approve the server when Claude Code asks.",
            paste="claude mcp reset-project-choices",
            verify="handshake",
        ),
    ),
    citations=(_DOCS, Citation(source="claude-code CHANGELOG 2.1.154")),
)
def config_entry_not_approved(case: Case) -> Judgement:
    """The project's entry was not approved in this folder, so it is not connected."""
    return _judged(
        case, "not-approved", right="No entry of a project waits for an approval."
    )


# --- containers and proxies -----------------------------------------------------------

_INNER = ("container", "devcontainer", "wsl")


def _loopback(host: str) -> bool:
    return host in ("localhost", "::1") or host.startswith("127.")


@cause(
    layer="network",
    owner="client",
    scope="local runtime",
    impact="fatal",
    eras=ANY,
    look_alike="tcp-refused-server-down",
    fixes=(
        Fix(
            where="the client's MCP configuration, inside the container",
            what="Name the host instead of the container's own loopback.",
            paste='"url": "http://host.docker.internal:PORT/mcp"',
            verify="reach",
        ),
        Fix(
            where="the server on the host",
            what="Listen on an address that the container reaches, and allow that name "
            "in its Host check.",
            paste="--host 0.0.0.0",
            verify="reach",
        ),
    ),
    citations=(
        Citation(
            source="https://docs.docker.com/desktop/features/networking/, use cases"
        ),
    ),
)
def container_localhost(case: Case) -> Judgement:
    """The URL's localhost is the container's own, not the machine's."""
    local = local_of(case)
    if local is None:
        return unknown("The person's machine was not looked at.")
    inside = [each for each in local.machine.inside if each in _INNER]
    host = _host(case)
    if not inside:
        return absent("This does not run inside a container or WSL.", "local")
    if not _loopback(host):
        return absent(f"The URL does not name this machine ({host or 'no URL'}).")
    if case.reach is None:
        return unknown("The address was not tried.")
    if case.reach.failure is not Failure.REFUSED:
        return absent(f"{host} answers from inside the {inside[0]}.", "reach")
    gateway = local.machine.host_gateway or "host.docker.internal"
    port = case.reach.port
    return suspected(
        f"{host}:{port} refuses from inside a {inside[0]}, where localhost is the "
        f"{inside[0]} itself; a server on the host cannot be reached so.",
        f"Try the host instead: curl -i http://{gateway}:{port}/",
        "local",
        "reach",
    )


def _host(case: Case) -> str:
    try:
        return urlsplit(case.intake.url).hostname or ""
    except ValueError:
        return ""


_PROXY_TEXTS = ("Proxy refused to open a tunnel", "ERR_PROXY_TUNNEL", "code: 407")


@cause(
    layer="proxy",
    owner="client",
    scope="local runtime",
    impact="fatal",
    eras=ANY,
    look_alike="gateway-blocks-get",
    fixes=(
        Fix(
            where="the shell that starts the client",
            what="Reach this host without the proxy, or give it its credentials.",
            paste='export NO_PROXY="$NO_PROXY,HOST"',
            verify="reach",
        ),
    ),
    citations=(
        Citation(source="undici, UND_ERR_PRX_CONN"),
        Citation(source="claude-code CHANGELOG 2.1.238"),
        Citation(source="lab, Claude Code 2.1.205 and 2.1.330", grade="L"),
    ),
)
def proxy_env_connect_refused(case: Case) -> Judgement:
    """A proxy from the environment refuses the way to the server."""
    reach = case.reach
    if reach is not None and reach.failure is Failure.PROXY_REFUSED:
        return present(
            f"The proxy {reach.proxy} refused the way to the server "
            f"({reach.failure_detail or reach.failure}).",
            "reach",
        )
    local, log = local_of(case), log_of(case)
    if local is None:
        return unknown("The person's machine was not looked at.")
    proxy = _proxy(local, case)
    said = next((t for t in _PROXY_TEXTS if log is not None and t in log.error), "")
    if said and reach is not None and reach.failure is None and not reach.proxy:
        return suspected(
            f'The client\'s log says "{said}", while this tool reached the server '
            "without a proxy.",
            "Compare the variables of the shell that starts the client: env | grep -i "
            "proxy",
            "local",
            "reach",
        )
    if said and proxy:
        return present(
            f'The client\'s log says "{said}", and {proxy[0]} is set to {proxy[1]}.',
            "local",
        )
    if said:
        return suspected(
            f'The client\'s log says "{said}", though no proxy is set where this runs.',
            "Look at the `env` block of the client's settings.",
            "local",
        )
    if proxy is None:
        return absent("No proxy applies to this host.", "local")
    return absent(f"{proxy[0]} is set, and nothing was refused by a proxy.", "local")


def _proxy(local: LocalEvidence, case: Case) -> tuple[str, str] | None:
    """Return the variable and proxy that apply to the URL, after NO_PROXY."""
    values = {v.name: v.value for v in local.variables if v.value not in ("", "empty")}
    host = _host(case)
    exempt = values.get("no_proxy", values.get("NO_PROXY", ""))
    if host and any(_covers(entry, host) for entry in exempt.replace(",", " ").split()):
        return None
    https = case.intake.url.lower().startswith("https")
    names = ["https_proxy", "HTTPS_PROXY"] if https or not case.intake.url else []
    for name in (*names, "http_proxy", "HTTP_PROXY"):
        if values.get(name):
            return name, values[name]
    return None


def _covers(entry: str, host: str) -> bool:
    entry = entry.partition(":")[0].lower() if entry.count(":") == 1 else entry.lower()
    bare = entry.removeprefix("*").removeprefix(".")
    return (
        entry == "*"
        or fnmatchcase(host, entry)
        or host == bare
        or host.endswith(f".{bare}")
    )
