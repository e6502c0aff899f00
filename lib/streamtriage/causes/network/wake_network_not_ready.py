"""The cause `wake-network-not-ready`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import ANY, ComesAndGoes, cause
from streamtriage.causes.explains import local
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.model import CauseId, Citation, Failure, Fix
from streamtriage.model.message import say
from streamtriage.observations.this_machine import log_of

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["wake_network_not_ready"]


@cause(
    owner="client",
    scope="local runtime",
    impact="degraded",
    eras=ANY,
    look_alike=CauseId("dns-nxdomain"),
    shown_by="machine",
    comes_and_goes=ComesAndGoes("event", "it happened after a sleep"),
    explains=(local("log-wakes"),),
    basis="inferred",
    fixes=(
        Fix(
            where="the client, after the machine woke",
            what="Connect again once the network is back; the two tries end within "
            "2.5 s.",
            paste="/mcp reconnect all",
            verify="reach",
        ),
    ),
    citations=(
        Citation(source="typescript-sdk, src/client/streamableHttp.ts: two tries"),
        Citation(source="https://github.com/anthropics/claude-code/issues/58444"),
    ),
)
def wake_network_not_ready(case: Case) -> Judgement:
    """The stream was reopened before the network was back, as after a sleep."""
    log = log_of(case)
    if log is None:
        return unknown(say("wake-network-not-ready.unknown"))
    if case.reach is not None and case.reach.failure in (
        Failure.DNS_NOT_FOUND,
        Failure.REFUSED,
        Failure.UNREACHABLE,
    ):
        return absent(
            say("wake-network-not-ready.absent", failure=case.reach.failure), "reach"
        )
    if not log.wakes:
        return absent(
            say("wake-network-not-ready.absent.the-log-shows-no"),
            "local",
        )
    text = say("wake-network-not-ready.text", wakes=log.wakes)
    if log.shared_drops:
        text += say("wake-network-not-ready", shared_drops=log.shared_drops)
    works = case.handshake is not None and bool(case.handshake.revision)
    if works or log.shared_drops:
        now = say("wake-network-not-ready.now") if works else ""
        return present(
            say("wake-network-not-ready.present", text=text, now=now),
            "local",
            "handshake",
        )
    return suspected(
        say("wake-network-not-ready.suspected", text=text),
        say("wake-network-not-ready.suspected.settle"),
        "local",
    )
