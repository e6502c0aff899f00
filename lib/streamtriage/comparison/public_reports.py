"""What others have seen, each source held against one report: match, none, unknown."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from streamtriage.comparison.aspects import (
    Answer,
    Aspect,
    Mine,
    Resemblance,
    aspect,
    concluded,
    mechanism,
)
from streamtriage.comparison.cause_index import causes_by_issue, causes_by_kind
from streamtriage.comparison.public_issues import defect, issue
from streamtriage.knowledge.client_defects import defects
from streamtriage.knowledge.reports import field_reports, issues
from streamtriage.languages import translate
from streamtriage.redaction import inside
from streamtriage.wording import spoken_list

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamtriage.knowledge.reports import FieldReport
    from streamtriage.model import CauseId, Report

__all__ = ["resemblances"]


def resemblances(report: Report) -> tuple[Resemblance, ...]:
    """Hold every source whose mechanism can be judged against what was seen.

    Matches first, then what is unknown, then what does not match; in the order of the
    tables.
    """
    mine = Mine(inside(report))
    told = [
        *(_field_report(each, mine) for each in field_reports() if _causes(each)),
        *(
            issue(each, mine)
            for each in issues()
            if f"{each.repo}#{each.number}" in causes_by_issue()
        ),
        *(defect(each, mine) for each in defects()),
    ]
    order: tuple[Answer, ...] = ("match", "unknown", "no match")
    return tuple(sorted(told, key=lambda each: order.index(each.answer)))


def _kinds(row: FieldReport) -> list[str]:
    return [kind.strip() for kind in row.kinds.split(" + ")]


def _causes(row: FieldReport) -> tuple[CauseId, ...]:
    return tuple(c for kind in _kinds(row) for c in causes_by_kind().get(kind, ()))


def _field_report(row: FieldReport, mine: Mine) -> Resemblance:
    aspects = [
        mechanism(causes_by_kind()[kind], mine)
        for kind in _kinds(row)
        if kind in causes_by_kind()
    ]
    if row.seconds:
        ages = [float(age) for age in row.seconds.split(";")]
        idle = "session-idle-ttl" in row.kinds
        aspects.append(_left_alone(ages, mine) if idle else _cut(ages, mine))
    return concluded(
        row.source,
        f"{row.project}: {row.symptom}",
        row.fix,
        [*aspects, *_way(row, mine)],
    )


def _cut(ages: list[float], mine: Mine) -> Aspect:
    told = spoken_list([f"{age:g} s" for age in ages])
    if mine.life is None:
        return aspect(
            "cut time",
            "unknown",
            translate("There: {told}; no stream watched here.", told=told),
        )
    if mine.life.ages_s:
        mine_s = mine.life.ages_s[0]
        # Timers fire late, never early.
        near = any(age - 0.5 <= mine_s <= age * 1.05 + 1.5 for age in ages)
        says = translate(
            "There: {told}; here the stream ended after {mine_s:.1f} s.",
            told=told,
            mine_s=mine_s,
        )
        return aspect("cut time", "match" if near else "no match", says)
    watched = mine.life.watched_s
    longer = watched > min(ages) * 1.05 + 1.5
    says = translate(
        "There: {told}; here it was still open after {watched:.0f} s.",
        told=told,
        watched=watched,
    )
    return aspect("cut time", "no match" if longer else "unknown", says)


def _left_alone(ages: list[float], mine: Mine) -> Aspect:
    told = spoken_list([f"{age:g} s" for age in ages])
    if mine.idle_s < min(ages):
        says = translate(
            "There after {told} alone; no session was left alone so long here.",
            told=told,
        )
        return aspect("idle time", "unknown", says)
    return aspect(
        "idle time",
        "match",
        translate(
            "A session was left alone for {idle_s:g} s here.", idle_s=mine.idle_s
        ),
    )


# What a report's cause lies in, as fingerprints name it.
_PRODUCTS = ("Cloudflare", "nginx", "Envoy", "Traefik", "HAProxy", "ALB", "Caddy")


def _way(row: FieldReport, mine: Mine) -> Iterator[Aspect]:
    """Compare the hop that a report blames; no trace of it here proves nothing."""
    text = f"{row.project} {row.root_cause}"
    if not re.search("intermediary|proxy|buffer|gateway|h2", row.kinds):
        return
    named = [p for p in _PRODUCTS if re.search(rf"\b{p}\b", text, re.IGNORECASE)]
    if not named:
        return
    hops = " ".join(mine.hops).lower()
    here = [product for product in named if product.lower() in hops]
    if here:
        yield aspect(
            "way", "match", translate("{here} left traces here as well.", here=here[0])
        )
    else:
        says = translate(
            "It was behind {named}, of which no trace was seen here.", named=named[0]
        )
        yield aspect("way", "unknown", says)
