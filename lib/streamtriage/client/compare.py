"""What differs between two machines, the likeliest reason for the error first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.client.facts import Fact, facts
from streamtriage.model import Noun, Signature

if TYPE_CHECKING:
    from streamtriage.client.snapshot import Snapshot

__all__ = ["Comparison", "Difference", "compare"]


class Difference(Noun):
    """One fact that is not the same; `weight` says how likely it is to matter here."""

    what: str
    broken: str
    working: str
    weight: int
    why: str
    change: str = ""


class Comparison(Noun):
    """All differences, and the one value to change first."""

    differences: tuple[Difference, ...] = ()
    first: Difference | None = None
    same: int = 0
    says: str = ""


def compare(
    broken: Snapshot, working: Snapshot, signature: Signature | None = None
) -> Comparison:
    """Rank what differs by how likely it explains this signature.

    A difference is a lead, not a proof: change one value, and run the triage again.
    """
    told = signature or _signature(broken)
    theirs, ours = facts(broken.local), facts(working.local)
    found = [
        _difference(key, theirs.get(key), ours.get(key), told)
        for key in dict.fromkeys([*theirs, *ours])
        if _value(theirs.get(key)) != _value(ours.get(key))
    ]
    found.sort(key=lambda one: (-one.weight, one.what))
    first = next((one for one in found if one.change), None)
    return Comparison(
        differences=tuple(found),
        first=first,
        same=len(set(theirs) & set(ours)) - _changed(theirs, ours),
        says=_says(found, first),
    )


def _changed(theirs: dict[str, Fact], ours: dict[str, Fact]) -> int:
    return sum(theirs[key].value != ours[key].value for key in set(theirs) & set(ours))


def _signature(broken: Snapshot) -> Signature:
    """Take the signature of the server that fails most in the broken one's logs."""
    logs = broken.local.logs
    worst = max(logs, key=lambda log: log.failures, default=None)
    return worst.signature if worst is not None else Signature()


def _value(fact: Fact | None) -> str:
    return fact.value if fact else ""


def _difference(
    key: str, theirs: Fact | None, ours: Fact | None, told: Signature
) -> Difference:
    fact = theirs or ours
    assert fact is not None
    bonus = _bonus(fact.topic, told)
    broken, working = _value(theirs) or "(not there)", _value(ours) or "(not there)"
    return Difference(
        what=key,
        broken=broken,
        working=working,
        weight=fact.weight + bonus,
        why=fact.why,
        change=fact.change.format(broken=broken, working=working)
        if fact.change
        else "",
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


def _says(found: list[Difference], first: Difference | None) -> str:
    if not found:
        return "The two machines do not differ in anything that was looked at."
    if first is None:
        return f"{len(found)} facts differ, none of which can be changed by hand."
    return (
        f"{len(found)} facts differ. Change this one first: {first.what}. "
        f"{first.change}"
    )
