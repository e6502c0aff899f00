"""The request that decides a verdict, step by step, as a few lines of plain text."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from streamtriage.model import Exchange, OpenEvidence, ReachEvidence
from streamtriage.report.story import leading

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from streamtriage.model import Event, Evidence, Report
    from streamtriage.model.observation import Observation

__all__ = ["Request", "decisive", "steps"]

_BAR = 66
_SIDE_BY_SIDE_S = 0.25
_LETTERS = {"TCP": "t", "TLS": "T", "sent": "s", "head": "h", "byte": "b", "end": "e"}


class Request(NamedTuple):
    """One exchange, and the probe that made it."""

    seen: Exchange
    of: Evidence


def decisive(report: Report) -> Request | None:
    """Return the request that the verdict turns on; None where nothing was sent.

    That of the heaviest observation that the leading cause explains, or else that
    nothing explains; without one, the first GET that was asked as the client asks.
    """
    lead = leading(report)
    named = lead.explains if lead is not None and lead.explains else ()
    wanted = set(named or report.verdict.unexplained)
    for each in _in_order(each for each in report.observations if each.id in wanted):
        near = min(
            _sent(report, each.probe, each.label),
            key=lambda request: abs(request.seen.started_s - each.at_s),
            default=None,
        )
        if near is not None:
            return near
    probes = lead.rests_on if lead is not None else ()
    asked = [request for probe in probes for request in _sent(report, probe)]
    refused = [request for request in asked if not request.seen.accepted]
    if refused or asked:
        return (refused or asked)[0]
    opened = [
        Request(each.live, each)
        for each in report.evidence
        if isinstance(each, OpenEvidence) and each.live is not None
    ]
    return opened[0] if opened else None


def _in_order(seen: Iterable[Observation]) -> Sequence[Observation]:
    """Return the heaviest first, then the earliest.

    Of those that were sent side by side, chance decides which is earlier by a hair; so
    they stand in the order of their names.
    """
    ordered = sorted(seen, key=lambda each: (each.weight.rank, each.at_s))
    beside = [
        each
        for each in ordered
        if each.weight == ordered[0].weight
        and each.at_s - ordered[0].at_s <= _SIDE_BY_SIDE_S
    ]
    return (*sorted(beside, key=lambda each: each.id), *ordered[len(beside) :])


def _sent(report: Report, probe: str, label: str = "") -> Iterator[Request]:
    for each in report.evidence:
        if each.probe == probe:
            for seen in each.exchanges:
                if not label or seen.label == label:
                    yield Request(seen, each)


def steps(report: Report, request: Request) -> str:
    """Return the moments of a request in ms since it began, above their bar.

    The name was looked up once, before the first request; all else is its own. A bar
    that would be all wait for the end is broken off by `>`.
    """
    moments = tuple(_moments(report, request))
    told = ", ".join(f"{name} {_ms(at_s)}" for name, at_s in moments)
    return f"{told} ms\n{_bar(moments[1:])}".rstrip()


def _ms(at_s: float | None) -> str:
    if at_s is None:
        return "–"
    ms = at_s * 1000
    return f"{ms:.2g}" if ms < 10 else f"{ms:.0f}"


def _moments(report: Report, request: Request) -> Iterator[tuple[str, float | None]]:
    seen = request.seen
    own = _own(request.of.timeline, seen)
    yield "DNS", next(_lookups(report.evidence), None)
    yield "TCP", own.get("tcp.connected")
    yield "TLS", own.get("tls.done")
    yield "sent", seen.sent_s
    yield "head", seen.headers_s
    yield "byte", seen.first_byte_s
    yield "end", seen.ended_s


def _lookups(evidence: Iterable[Evidence]) -> Iterator[float]:
    for each in evidence:
        if isinstance(each, ReachEvidence) and each.dns_s is not None:
            yield each.dns_s


def _own(timeline: Sequence[Event], seen: Exchange) -> dict[str, float]:
    """Return the moments of this exchange; those of others name another one."""
    named = (e for e in reversed(timeline) if e.request == seen.label)
    found = {each.kind: each.at_s - seen.started_s for each in named}
    return {kind: at_s for kind, at_s in found.items() if at_s >= 0}


def _bar(moments: Sequence[tuple[str, float | None]]) -> str:
    """Draw each step as long as it took, in its letter."""
    known = [(name, at_s) for name, at_s in moments if at_s is not None]
    if not known or known[-1][1] <= 0:
        return ""
    before_s = max((at_s for _, at_s in known[:-1]), default=0.0)
    until_s = known[-1][1]
    # A stream is open a thousand times as long as it takes to open.
    beyond = 0 < 4 * before_s < until_s
    scale = _BAR / (before_s * 1.6 if beyond else until_s)
    bar = ""
    for name, at_s in known:
        bar = bar.ljust(min(round(at_s * scale), _BAR), _LETTERS[name])
    return f"{bar[:-1]}>" if beyond else bar
