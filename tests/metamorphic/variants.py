"""Ways to change what stands around a fault, and how a report shows each of them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from metamorphic.changes import (
    LATER_S,
    NAME,
    PATH,
    WORDS,
    elsewhere,
    over_h2,
    over_tls,
    renamed,
    reworded,
    slower,
)
from metamorphic.faults import KNOWN_BY_WORDS, SAID_WITHOUT_WORDS, SOUND
from side_by_side import ask_all
from streamtriage.lab import scenario
from streamtriage.lab.running import run
from streamtriage.triage import triage

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from streamtriage.lab.scenario import Setup
    from streamtriage.model import Exchange, Report

Pair = tuple[str, str]


@dataclass(frozen=True)
class Variant:
    """One change of the surroundings, and how the report shows that it was made."""

    name: str
    change: Callable[[Setup], Setup]
    shows: Callable[[Report], bool]


def exchanges(report: Report) -> list[Exchange]:
    """Return what was asked of the server; the tool's own control stream is no part."""
    asked = [probe for probe in report.evidence if probe.probe != "control"]
    return [each for probe in asked for each in probe.exchanges]


def _answer_time_s(report: Report) -> float:
    """Return how long the quickest answer let itself be waited for."""
    return min(e.headers_s for e in exchanges(report) if e.headers_s is not None)


def _is_named(report: Report) -> bool:
    names = {e.headers["server"] for e in exchanges(report) if "server" in e.headers}
    # A gateway in front may have a name of its own, which it keeps.
    return NAME in names and "uvicorn" not in names


def _is_reworded(report: Report) -> bool:
    """No sentence that the scenario's own server says is left; JSON's codes are."""
    said = [e.excerpt for e in exchanges(report) if (e.status or 0) >= 400]
    return any(said) and all(WORDS in excerpt for excerpt in said if excerpt)


def _is_h2(report: Report) -> bool:
    return "HTTP/2" in {e.http_version for e in exchanges(report)}


VARIANTS = (
    Variant("another path", elsewhere, lambda r: PATH in r.target.url),
    Variant("another server name", renamed, _is_named),
    Variant("over TLS", over_tls, lambda r: r.target.url.startswith("https:")),
    Variant("over HTTP/2", over_h2, _is_h2),
    Variant("other words", reworded, _is_reworded),
    Variant("three times slower", slower, lambda r: _answer_time_s(r) >= LATER_S),
)
BY_NAME = {each.name: each for each in VARIANTS}


def judged(name: str, variant: Variant) -> Report:
    """Run one scenario in other surroundings, on a port of its own."""
    bare = scenario(name)
    changed = replace(bare, build=lambda: variant.change(bare.build()))
    with run(changed) as lab:
        return asyncio.run(triage(lab.intake, environ={})).shown


def judged_all(pairs: Sequence[Pair]) -> dict[Pair, Report]:
    """Run every scenario in its surroundings once, a few at a time."""
    return dict(zip(pairs, ask_all(_judged, pairs), strict=True))


def _judged(pair: Pair) -> Report:
    return judged(pair[0], BY_NAME[pair[1]])


def fits(pair: Pair, report: Report) -> bool:
    """Tell whether this is the fault's own verdict, and of the changed fault.

    A fault that only words set apart is left open without them, or suspected, and
    nothing else is accused in its place: but where a cause says no more than what is
    measured of it, that one is named.
    """
    name, variant = pair
    said = report.verdict
    if not BY_NAME[variant].shows(report):
        return False
    if name in SOUND:
        return said.outcome == "healthy"
    if variant == "other words" and name in SAID_WITHOUT_WORDS:
        return said.causes == (SAID_WITHOUT_WORDS[name],)
    if variant == "other words" and name in KNOWN_BY_WORDS:
        left_open = said.outcome == "could-not-tell" and said.causes == ()
        return left_open and set(said.suspected) <= {name}
    return said.causes == (name,)
