"""The cause `container-localhost`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import ANY, cause
from streamtriage.causes.client_environment import host_of
from streamtriage.causes.explains import not_reached
from streamtriage.causes.judgement import Judgement, absent, suspected, unknown
from streamtriage.model import CauseId, Citation, Failure, Fix
from streamtriage.model.message import say
from streamtriage.model.observation import Phase
from streamtriage.observations.this_machine import local_of

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["container_localhost"]

_INNER = ("container", "devcontainer", "wsl")


def _loopback(host: str) -> bool:
    return host in ("localhost", "::1") or host.startswith("127.")


@cause(
    owner="client",
    scope="local runtime",
    impact="fatal",
    eras=ANY,
    look_alike=CauseId("tcp-refused-server-down"),
    shown_by="machine",
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
    host = host_of(case)
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
