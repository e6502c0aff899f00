"""What a report says of the circumstances: facts that somebody can change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from streamtriage.comparison.machine_facts import facts as machine_facts
from streamtriage.languages import translate
from streamtriage.model import FingerprintEvidence, LocalEvidence
from streamtriage.wording import spoken_list

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamtriage.causes import Case
    from streamtriage.model import Report

__all__ = ["TRACES", "Setting", "Topic", "settings"]

NONE = "none"
TRACES = "Intermediaries that left traces"

Topic = Literal["address", "way", "tls", "sign-in", "client", "server", "machine"]

# What the words of `machine_facts` are called here.
_OF_THE_MACHINE: dict[str, Topic] = {
    "address": "address",
    "sign-in": "sign-in",
    "proxy": "way",
    "trust": "tls",
    "version": "client",
}


@dataclass(frozen=True)
class Setting:
    """One circumstance; `change` may hold {broken} and {working}, or be empty.

    `leave` is what to change where there is none of it on the working side, and `take`
    where there is none on the failing one.
    """

    value: str
    topic: Topic
    weight: int
    why: str
    change: str = ""
    leave: str = ""
    take: str = ""

    def change_to(self, working: Setting) -> str:
        """Return how to make this, of the failing side, like that of the working."""
        none = translate(NONE)
        if working.value == none:
            return self.leave or self.change
        return self.take or self.change if self.value == none else self.change


def settings(report: Report, case: Case) -> dict[str, Setting]:
    """Return what is known of the circumstances; what was not found out is left out."""
    parts = (_address(report, case), _way(report, case), _ends(report, case))
    found = {name: each for part in parts for name, each in part if each.value}
    return found | _machine(report)


def _address(report: Report, case: Case) -> Iterator[tuple[str, Setting]]:
    yield (
        translate("Server address"),
        Setting(
            report.target.url,
            "address",
            30,
            translate("Another address is another server, or another way to it."),
            translate("Use {working} where it fails."),
        ),
    )
    reached = case.reach.addresses if case.reach else ()
    families = sorted({a.family for a in reached if a.connect_s is not None})
    yield (
        translate("Address family that connects"),
        Setting(
            spoken_list(families) if families else "",
            "address",
            25,
            translate(
                "The two families can lead to different servers, or one to none."
            ),
            translate("Use {working} where it fails."),
        ),
    )


def _way(report: Report, case: Case) -> Iterator[tuple[str, Setting]]:
    yield (
        translate("Proxy of the client"),
        Setting(
            report.target.proxy or translate(NONE),
            "way",
            30,
            translate("A proxy can hold streams back, cut them or refuse them."),
            translate(
                "Reach the server where it fails through {working} instead of {broken}."
            ),
            translate("Reach the server where it fails without its proxy, {broken}."),
            translate("Reach the server where it fails through the proxy {working}."),
        ),
    )
    traces = next(
        (e for e in report.evidence if isinstance(e, FingerprintEvidence)), None
    )
    if traces is not None:
        hops = ", ".join(dict.fromkeys(hop.name for hop in traces.hops))
        yield (
            translate(TRACES),
            Setting(
                hops or translate(NONE),
                "way",
                35,
                translate("Every hop on the way has limits and buffers of its own."),
                translate(
                    "{broken} answers on the failing way, {working} on the "
                    "working one. Take the working way once: if the failure "
                    "goes, it lies there."
                ),
                translate(
                    "{broken} answers on the failing way, and nothing in "
                    "between was seen on the working one. Go round it once, or "
                    "ask whoever runs it."
                ),
                translate(
                    "{working} answers on the working way, and nothing in "
                    "between was seen on the failing one. Take the working way "
                    "once where it fails."
                ),
            ),
        )
    first = case.handshake.initialize if case.handshake else None
    yield (
        translate("HTTP version"),
        Setting(
            first.http_version if first else "",
            "way",
            15,
            translate("Over HTTP/2 other limits apply, and reason phrases are lost."),
        ),
    )
    tls = case.reach.tls if case.reach else None
    yield (
        translate("Certificate issued by"),
        Setting(
            tls.issuer if tls else "",
            "tls",
            25,
            translate(
                "Another issuer shows another server, or a proxy that opens TLS."
            ),
        ),
    )
    yield (
        translate("Certificates trusted"),
        Setting(
            report.target.ca_file or translate("those of the system"),
            "tls",
            15,
            translate("What is trusted decides whether the connection is made at all."),
            translate("Trust the same certificates as where it works: {working}."),
        ),
    )


def _ends(report: Report, case: Case) -> Iterator[tuple[str, Setting]]:
    yield (
        translate("Headers of yours that are sent"),
        Setting(
            ", ".join(sorted(report.target.headers, key=str.lower)) or translate(NONE),
            "sign-in",
            20,
            translate("The server decides by them who may do what."),
            translate("Send where it fails what is sent where it works: {working}."),
            translate(
                "Send where it fails none of them ({broken}), as where it works."
            ),
        ),
    )
    intake = report.intake
    yield (
        translate("Client"),
        Setting(
            " ".join(filter(None, (intake.client, intake.client_version))),
            "client",
            25,
            translate(
                "Versions differ in what they do when the stream cannot be reopened."
            ),
            translate("Use {working} where it fails."),
        ),
    )
    greeted = case.handshake
    named = (greeted.server_name, greeted.server_version) if greeted else ()
    yield (
        translate("Server software, as it calls itself"),
        Setting(
            " ".join(filter(None, named)),
            "server",
            30,
            translate("Another version or build of the server answers differently."),
            translate("Run {working} where it fails."),
        ),
    )
    yield (
        translate("Protocol revision agreed on"),
        Setting(
            greeted.revision if greeted else "",
            "server",
            20,
            translate(
                "Revisions differ in sessions and in whether there is a GET stream."
            ),
        ),
    )
    issued = greeted is not None and greeted.initialize is not None
    issues = translate("yes" if greeted and greeted.session_issued else "no")
    yield (
        translate("Session issued"),
        Setting(
            issues if issued else "",
            "server",
            20,
            translate(
                "A server without sessions cannot lose one, and may offer no stream."
            ),
        ),
    )


def _machine(report: Report) -> dict[str, Setting]:
    local = next((e for e in report.evidence if isinstance(e, LocalEvidence)), None)
    if local is None:
        return {}
    return {
        translate("Machine: {name}", name=name): Setting(
            fact.value,
            _OF_THE_MACHINE.get(fact.topic, "machine"),
            # Below what was measured on the wire; a machine has many facts.
            fact.weight // 3,
            fact.why,
            fact.change,
        )
        for name, fact in machine_facts(local).items()
        if fact.value
    }
