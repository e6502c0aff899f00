"""Causes in what surrounds the client: a container, a proxy."""

from __future__ import annotations

from dataclasses import replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from streamtriage.causes.cause import ANY, Cause, cause
from streamtriage.causes.explains import not_reached
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.model import Citation, Failure, Fix, Status
from streamtriage.model.observation import Phase
from streamtriage.observations.this_machine import local_of, log_of

if TYPE_CHECKING:
    from streamtriage.model import LocalEvidence
    from streamtriage.observations.case import Case

__all__ = ["by_settings", "container_localhost", "with_settings"]

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
    explains=(not_reached(Failure.REFUSED, at=(Phase.NETWORK,)),),
    basis="inferred",
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
        return absent(
            f"The URL does not name this machine ({host or 'no URL'}).", "local"
        )
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


def by_settings(case: Case) -> Judgement:
    """Judge from the client's own log and settings whether a proxy refuses the way."""
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


def with_settings(judged: Cause) -> Cause:
    """Let a cause that tries the proxy also weigh what the client's settings say.

    Where the probe had no proxy to try, because this shell has none, the settings of
    the client that the person uses may still name one.
    """

    def judge(case: Case) -> Judgement:
        probed = judged.judge(case)
        if case.proxy is not None:
            return probed
        settings = by_settings(case)
        telling = (Status.PRESENT, Status.SUSPECTED)
        return settings if settings.status in telling else probed

    return replace(judged, judge=judge)


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
