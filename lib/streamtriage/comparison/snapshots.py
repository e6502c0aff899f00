"""What differs between two machines, the likeliest reason for the error first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.comparison.differences import (
    Comparison,
    Difference,
    advice,
    filled,
    ranked,
    summary,
)
from streamtriage.comparison.machine_facts import Fact, facts
from streamtriage.languages import translate
from streamtriage.model import Comparable, Signature
from streamtriage.model.message import tell

if TYPE_CHECKING:
    from streamtriage.model import LocalEvidence
    from streamtriage.workstation.snapshot import Snapshot

__all__ = ["compare_snapshots"]


def compare_snapshots(
    broken: Snapshot, working: Snapshot, signature: Signature | None = None
) -> Comparison:
    """Rank what differs by how likely it explains this signature.

    A difference is a lead, not a proof: change one value, and run the triage again.
    Whether the two can be compared is said first; two that look swapped are compared
    the other way round.
    """
    fit = _comparable(broken, working)
    if fit.swapped:
        broken, working = working, broken
    told = signature or _signature(broken)
    theirs, ours = facts(broken.local), facts(working.local)
    weighed = [
        _difference(key, theirs.get(key), ours.get(key), told)
        for key in dict.fromkeys([*theirs, *ours])
        if _value(theirs.get(key)) != _value(ours.get(key))
    ]
    found = ranked(sorted(weighed, key=lambda one: one[1].what))
    changed = next((one for one in found if one.change and fit.is_fit), None)
    first = advice(changed.what, changed.change) if changed else ""
    return Comparison(
        differences=found,
        change_first=first,
        same=len(set(theirs) & set(ours)) - _changed(theirs, ours),
        says=summary(fit, _told(found, changed)),
        comparable=fit,
    )


def _changed(theirs: dict[str, Fact], ours: dict[str, Fact]) -> int:
    return sum(theirs[key].value != ours[key].value for key in set(theirs) & set(ours))


def _comparable(broken: Snapshot, working: Snapshot) -> Comparable:
    one, other = broken.local, working.local
    if broken.taken_at == working.taken_at and one == other:
        return Comparable(
            fitness="same",
            says=(
                translate(
                    "This is one and the same snapshot, given twice. Give one "
                    "of a machine on which it works."
                )
            ),
        )
    if one.servers and other.servers and not _keys(one) & _keys(other):
        return Comparable(
            fitness="two-servers",
            says=(
                translate(
                    "The two machines have no MCP server in common, so what "
                    "they differ in says nothing about one of them."
                )
            ),
        )
    if _failures(other) and one.logs and not _failures(one):
        return Comparable(
            swapped=True,
            says=(
                translate(
                    "The two sides look swapped: only the one given as working "
                    "has failures in its logs. So they were compared the other "
                    "way round."
                )
            ),
        )
    return Comparable()


def _keys(local: LocalEvidence) -> set[str]:
    return {key for each in local.servers for key in (each.name, each.url) if key}


def _failures(local: LocalEvidence) -> int:
    return sum(log.failures for log in local.logs)


def _signature(broken: Snapshot) -> Signature:
    """Take the signature of the server that fails most in the broken one's logs."""
    logs = broken.local.logs
    worst = max(logs, key=lambda log: log.failures, default=None)
    return worst.signature if worst is not None else Signature()


def _value(fact: Fact | None) -> str:
    return fact.value if fact else ""


def _difference(
    key: str, theirs: Fact | None, ours: Fact | None, told: Signature
) -> tuple[int, Difference]:
    """Return one difference with its weight: how likely it is to matter here."""
    fact = theirs or ours
    assert fact is not None
    bonus = _bonus(fact.topic, told)
    broken, working = (
        _value(theirs) or translate("(not there)"),
        _value(ours) or translate("(not there)"),
    )
    return fact.weight + bonus, Difference(
        what=key,
        broken=broken,
        working=working,
        rank=0,
        why=fact.why,
        kind="setting",
        change=filled(fact.change, broken, working),
    )


def _bonus(topic: str, told: Signature) -> int:
    """Add to what the error points at: a status, or a request without an answer."""
    statuses = set(told.statuses)
    few = 0 < len(statuses) <= 2
    no_answer = told.answered is False
    points = {
        "sign-in": 30 if few and statuses & {401, 403} else 0,
        "proxy": 30 if no_answer or (few and statuses & {407, 502, 503, 504}) else 0,
        "trust": 25 if told.certificate else 0,
        "network": 20 if no_answer else 0,
        "address": 25 if few and statuses & {400, 404, 405, 406} else 5,
        "version": 20 if few and statuses & {400, 404, 409} else 5,
        "limits": 10 if told.half == "cut" else 0,
    }
    return points.get(topic, 0)


def _told(found: tuple[Difference, ...], first: Difference | None) -> str:
    if not found:
        return translate(
            "The two machines do not differ in anything that was looked at."
        )
    if first is None:
        return tell("comparison.machines.fixed", n=len(found))
    return tell(
        "comparison.machines", n=len(found), what=first.what, change=first.change
    )
