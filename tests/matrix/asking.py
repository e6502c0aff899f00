"""Asks every scenario of the lab once, and knows what each is to be judged as."""

from __future__ import annotations

import asyncio
import time
from functools import partial
from typing import TYPE_CHECKING

from side_by_side import ask_all
from streamtriage.lab import SCENARIOS, Lab, Scenario, serve
from streamtriage.model import Intake, Report
from streamtriage.triage import triage

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

# A frame is too large only for a client that has such a limit.
ONLY_BY_CLIENT = "oversize-sse-frame"
# What the address alone cannot show, and what is said instead: which client it is, its
# credential or its text, and that a session is to be left alone.
ONLY_IF_TOLD = {
    "modern-only-server": "healthy",
    "probe-breaks-legacy-server": "healthy",
    "cors-preflight": "healthy",
    "credential-bound-session": "healthy",
    "origin-403": "healthy",
    "priming-event-breaks-client": "healthy",
    "session-id-hijacked-by-error": "could-not-tell",
    "token-refresh-401-loop-v1": "could-not-tell",
    "charset-refused": "healthy",
    "chunked-refused": "healthy",
    "accepted-with-text": "healthy",
}
# Without a word of the client, it is taken for one of the newer transport.
READ_AS = {
    "http-sse-endpoint-refused": "legacy-sse-url-as-http",
    "http-sse-reply-missing": "legacy-sse-url-as-http",
}
# A private certificate that is wrong has both defects, and both are told.
ALSO_UNTRUSTED = ("tls-name-mismatch", "tls-expired")
# Those of which the person has to tell more than the address.
TOLD = [
    each
    for each in SCENARIOS
    if each.name in {*ONLY_IF_TOLD, *READ_AS, ONLY_BY_CLIENT, *ALSO_UNTRUSTED}
]


def served_by_address() -> dict[str, Report]:
    """Return the report of each scenario, given only its address."""
    return _all_served(SCENARIOS, _only_address)


def served_told() -> dict[str, Report]:
    """Return those of `TOLD`, given what their person would have typed."""
    return _all_served(TOLD, _all_that_is_typed)


def served_again() -> dict[str, Report]:
    """Return the second report of each scenario, asked again while the lab lives."""
    return _all_served(SCENARIOS, _only_address, times=2)


def fits_address(scenario: Scenario, report: Report) -> bool:
    """Tell whether the address alone led where it should."""
    verdict = report.verdict
    if scenario.name in ONLY_IF_TOLD:
        said = (verdict.outcome, verdict.causes)
        return said == (ONLY_IF_TOLD[scenario.name], ())
    if scenario.name == ONLY_BY_CLIENT:
        return (verdict.causes, verdict.suspected) == ((), (scenario.name,))
    if scenario.name in READ_AS:
        return _accuses(report, (READ_AS[scenario.name],))
    also = ("tls-untrusted-ca",) if scenario.name in ALSO_UNTRUSTED else ()
    return _accuses(report, (scenario.cause, *also) if scenario.cause else ())


def fits_told(scenario: Scenario, report: Report) -> bool:
    """Tell whether what the person would have typed led to the one cause."""
    return _accuses(report, (scenario.cause,) if scenario.cause else ())


def _accuses(report: Report, causes: tuple[str, ...]) -> bool:
    """Tell whether just these are present, and nothing is suspected."""
    verdict = report.verdict
    if (verdict.causes, verdict.suspected) != (causes, ()):
        return False
    if causes:
        return verdict.outcome == "cause-present"
    return (verdict.outcome, verdict.impact) == ("healthy", "none")


def _all_served(
    scenarios: Sequence[Scenario], intake: Callable[[Lab], Intake], times: int = 1
) -> dict[str, Report]:
    names = [each.name for each in scenarios]
    found = ask_all(partial(_served, intake=intake, times=times), names)
    return dict(zip(names, found, strict=True))


def _served(name: str, intake: Callable[[Lab], Intake], times: int) -> Report:
    """Return the last report of so many that were made of one living server."""
    with serve(name) as lab:
        for turn in range(times):
            if turn:
                # And a little, for its clock began with the last request.
                time.sleep(lab.scenario.setup().well_after_s * 1.1)
            known = asyncio.run(triage(intake(lab), environ=environ_of(lab)))
    return known.shown


def environ_of(lab: Lab) -> dict[str, str]:
    """Return what the shell of that machine has: its proxy, and mostly its CA."""
    found = {
        **lab.environ,
        "HTTPS_PROXY": lab.intake.proxy,
        "HTTP_PROXY": lab.intake.proxy,
    }
    if lab.ca_file and lab.scenario.name not in ALSO_UNTRUSTED:
        found["NODE_EXTRA_CA_CERTS"] = lab.ca_file
    return {name: value for name, value in found.items() if value}


def _all_that_is_typed(lab: Lab) -> Intake:
    return lab.intake


def _only_address(lab: Lab) -> Intake:
    """Return what somebody types who knows nothing but the address."""
    # HTTP/2 needs TLS here; where that is not the fault, the lab's CA is known.
    certified = lab.scenario.name.startswith("tls-")
    trusted = "" if certified or lab.ca_file is None else lab.ca_file
    return Intake(url=lab.url, ca_file=trusted, hold_s=0)
