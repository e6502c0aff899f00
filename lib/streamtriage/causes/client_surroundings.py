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
from streamtriage.model.message import say
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
        return unknown(say("container-localhost.unknown"))
    inside = [each for each in local.machine.inside if each in _INNER]
    host = _host(case)
    if not inside:
        return absent(say("container-localhost.absent"), "local")
    if not _loopback(host):
        return absent(
            say(
                "container-localhost.absent.the-url-does-not",
                host=host or say("container-localhost.absent.no-url"),
            ),
            "local",
        )
    if case.reach is None:
        return unknown(say("container-localhost.unknown.the-address-was-not"))
    if case.reach.failure is not Failure.REFUSED:
        return absent(
            say(
                "container-localhost.absent.answers-from-inside-the",
                host=host,
                inside=inside[0],
            ),
            "reach",
        )
    gateway = local.machine.host_gateway or "host.docker.internal"
    port = case.reach.port
    return suspected(
        say("container-localhost.suspected", host=host, port=port, inside=inside[0]),
        say("container-localhost.suspected.settle", gateway=gateway, port=port),
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
            say(
                "client-surroundings.by-settings.present",
                proxy=reach.proxy,
                failure_detail=reach.failure_detail or reach.failure,
            ),
            "reach",
        )
    local, log = local_of(case), log_of(case)
    if local is None:
        return unknown(say("client-surroundings.by-settings.unknown"))
    proxy = _proxy(local, case)
    said = next((t for t in _PROXY_TEXTS if log is not None and t in log.error), "")
    if said and reach is not None and reach.failure is None and not reach.proxy:
        return suspected(
            say("client-surroundings.by-settings.suspected", said=said),
            say("client-surroundings.by-settings.suspected.settle"),
            "local",
            "reach",
        )
    if said and proxy:
        return present(
            say(
                "client-surroundings.by-settings.present.the-client-s-log",
                said=said,
                proxy=proxy[0],
                proxy_2=proxy[1],
            ),
            "local",
        )
    if said:
        return suspected(
            say(
                "client-surroundings.by-settings.suspected.the-client-s-log", said=said
            ),
            say("client-surroundings.by-settings.suspected.settle.look-at-the-env"),
            "local",
        )
    if proxy is None:
        return absent(say("client-surroundings.by-settings.absent"), "local")
    return absent(
        say(
            "client-surroundings.by-settings.absent.is-set-and-nothing", proxy=proxy[0]
        ),
        "local",
    )


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
