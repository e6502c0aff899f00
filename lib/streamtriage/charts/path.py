"""The way from the client to the server, with the place that has to be mended."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from streamtriage.charts.svg import (
    SMALL,
    WIDTH,
    line,
    picture,
    polygon,
    rectangle,
    words,
)
from streamtriage.charts.symbols import sign
from streamtriage.languages import translate
from streamtriage.model import (
    FingerprintEvidence,
    HandshakeEvidence,
    ProxyEvidence,
    ReachEvidence,
    Status,
)
from streamtriage.phrases import sign_words
from streamtriage.wording import spoken_list

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from streamtriage.charts.svg import Picture
    from streamtriage.markup.html import Html
    from streamtriage.model import Evidence, Owner, Report

__all__ = ["path_map"]

_BOX, _HIGH, _GAP = 216.0, 36.0, 20.0
_HOPS_SHOWN = 5
_FAILING = "the verdict: here"
_EITHER: Owner = "server or a hop before it"
_UNKNOWN = "something that left no trace"


class _Stop(NamedTuple):
    """One place on the way; `known` is false where only a guess says that it is."""

    name: str
    detail: str
    role: Owner
    known: bool = True
    forward: bool = False


def path_map(report: Report) -> Picture | None:
    """Draw who stands between the client and the server, and whose the fault is.

    A stop of which there is no trace is dashed. None where no probe saw the way.
    """
    reach = _of(report, ReachEvidence)
    marks = _of(report, FingerprintEvidence)
    if not isinstance(reach, ReachEvidence):
        return None
    stops = _stops(report, reach, marks)
    failing = _failing(report, stops)
    on_the_way = report.verdict.owner == "network"
    shapes: list[Html] = []
    for place, stop in enumerate(stops):
        y = place * (_HIGH + _GAP)
        shapes += _box(stop, y, failing=place in failing)
        if place:
            shapes += _arrow(y - _GAP, broken=on_the_way and place == 1)
    height = len(stops) * (_HIGH + _GAP) - _GAP + 4
    told = _told(report, stops, failing)
    title = translate("The way to the server, and where it fails")
    return picture(title, told, shapes, height)


def _of(report: Report, kind: type[Evidence]) -> Evidence | None:
    return next((each for each in report.evidence if isinstance(each, kind)), None)


def _stops(
    report: Report, reach: ReachEvidence, marks: Evidence | None
) -> tuple[_Stop, ...]:
    client = " ".join(
        filter(None, (report.intake.client, report.intake.client_version))
    )
    stops = [_Stop(translate("You"), client or translate("this machine"), "client")]
    proxied = _of(report, ProxyEvidence)
    proxy = reach.proxy or (proxied.proxy if isinstance(proxied, ProxyEvidence) else "")
    if proxy:
        stops.append(_Stop(translate("Proxy"), proxy, "proxy", forward=True))
    hops = marks.hops if isinstance(marks, FingerprintEvidence) else ()
    for hop in hops[:_HOPS_SHOWN]:
        sign_words = _by(hop.sign, sure=hop.certainty == "decisive")
        stops.append(_Stop(hop.name, sign_words, "proxy"))
    if not hops:
        text = translate("a proxy or load balancer may leave no trace")
        between = translate("Something between?")
        stops.append(_Stop(between, text, "proxy", known=False))
    stops.append(_Stop(translate("Server"), _server(report, reach, marks), "server"))
    if report.verdict.owner == "auth provider":
        text = translate("gives the client its credential")
        stops.append(_Stop(translate("Auth provider"), text, "auth provider"))
    return tuple(stops)


def _by(seen: str, *, sure: bool) -> str:
    sign_ = sign_words(seen)
    if sure:
        return translate("by {sign}", sign=sign_)
    return translate("likely, by {sign}", sign=sign_)


def _server(report: Report, reach: ReachEvidence, marks: Evidence | None) -> str:
    greeted = _of(report, HandshakeEvidence)
    named = greeted.server_name if isinstance(greeted, HandshakeEvidence) else ""
    spoken = translate(marks.server) if isinstance(marks, FingerprintEvidence) else ""
    parts = (f"{reach.host}:{reach.port}" if reach.host else "", named, spoken)
    return ", ".join(filter(None, parts))


def _failing(report: Report, stops: Sequence[_Stop]) -> frozenset[int]:
    owner = report.verdict.owner
    if owner == _EITHER:
        # No hop left a trace, so the one that may be there is drawn dashed.
        return frozenset(
            i
            for i, stop in enumerate(stops)
            if stop.role in ("proxy", "server") and not stop.forward
        )
    places = [i for i, stop in enumerate(stops) if stop.role == owner]
    if owner != "proxy" or len(places) < 2:
        return frozenset(places)
    # What the probe of the proxy found is about the one that the client is told to use.
    forward = any(
        "proxy" in finding.rests_on
        for finding in report.findings
        if finding.status is Status.PRESENT
        and finding.cause in report.verdict.causes[:1]
    )
    return frozenset(i for i in places if stops[i].forward == forward)


def _box(stop: _Stop, y: float, *, failing: bool) -> Iterable[Html]:
    outline = "bad" if failing else "ink" if stop.known else "quiet"
    dash = "" if stop.known else "5 4"
    yield rectangle(
        1,
        y,
        _BOX,
        _HIGH,
        tone="sheet",
        outline=outline,  # type: ignore[arg-type]
        dash=dash,
        rounded=5,
    )
    if failing:
        # A second frame, for whoever does not tell red from grey.
        yield rectangle(
            4, y + 3, _BOX - 6, _HIGH - 6, tone="sheet", outline="bad", dash=dash
        )
        yield sign("bad", _BOX - 14, y + _HIGH / 2, 6)
    yield words(14, y + 23, stop.name, size=SMALL + 1, bold=stop.known, width=_BOX - 44)
    room = WIDTH - _BOX - 16
    if failing:
        yield words(_BOX + 16, y + 15, translate(_FAILING), tone="bad", bold=True)
        yield words(_BOX + 16, y + 32, stop.detail, tone="quiet", width=room)
    else:
        yield words(_BOX + 16, y + 23, stop.detail, tone="quiet", width=room)


def _arrow(y: float, *, broken: bool) -> Iterable[Html]:
    x = _BOX / 2
    tone = "bad" if broken else "quiet"
    yield line(x, y, x, y + _GAP - 5, tone=tone, dash="3 3" if broken else "")  # type: ignore[arg-type]
    tip = ((x - 4, y + _GAP - 7), (x + 4, y + _GAP - 7), (x, y + _GAP - 1))
    yield polygon(tip, tone)  # type: ignore[arg-type]
    if broken:
        yield sign("bad", x + 18, y + _GAP / 2, 5)
        where = translate("the verdict: here, in the network")
        yield words(_BOX + 16, y + 14, where, tone="bad", bold=True)


def _told(report: Report, stops: Sequence[_Stop], failing: frozenset[int]) -> str:
    way = translate(", then ").join(
        stop.name if stop.known else translate(_UNKNOWN)
        for stop in stops
        if stop.role != "auth provider"
    )
    owner = report.verdict.owner
    if owner == "network":
        return translate(
            "{way}. The fault lies in the network between the first two.", way=way
        )
    if owner is None:
        return translate(
            "{way}. No stop is marked, since nobody has to act or nobody is known.",
            way=way,
        )
    marked = [stops[place] for place in sorted(failing)]
    names = [stop.name if stop.known else translate(_UNKNOWN) for stop in marked]
    where = spoken_list(names, either=True) if names else translate(owner)
    if owner == _EITHER:
        return translate(
            "{way}. The verdict points at {where}: nothing tells which of them.",
            way=way,
            where=where,
        )
    return translate(
        "{way}. The verdict points at {where}, whose owner is the {owner}.",
        way=way,
        where=where,
        owner=translate(owner),
    )
