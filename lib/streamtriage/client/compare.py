"""What differs between two machines, the likeliest reason for the error first."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from streamtriage.client.facts import Fact, facts
from streamtriage.languages import translate
from streamtriage.model import Comparable, Noun, Signature

if TYPE_CHECKING:
    from streamtriage.client.snapshot import Snapshot
    from streamtriage.model import LocalEvidence

__all__ = ["Comparison", "Difference", "compare", "filled"]

_FIELD = re.compile(r"\{(?:broken|working)\}")


class Difference(Noun):
    """One fact that is not the same; `weight` says how likely it is to matter here."""

    what: str
    broken: str
    working: str
    weight: int
    why: str
    change: str = ""


class Comparison(Noun):
    """All differences, and the one value to change first; none where it says nothing.

    See `Comparable`.
    """

    comparable: Comparable = Comparable()
    differences: tuple[Difference, ...] = ()
    first: Difference | None = None
    same: int = 0
    says: str = ""


def compare(
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
    found = [
        _difference(key, theirs.get(key), ours.get(key), told)
        for key in dict.fromkeys([*theirs, *ours])
        if _value(theirs.get(key)) != _value(ours.get(key))
    ]
    found.sort(key=lambda one: (-one.weight, one.what))
    first = next((one for one in found if one.change and fit.is_fit), None)
    return Comparison(
        differences=tuple(found),
        first=first,
        same=len(set(theirs) & set(ours)) - _changed(theirs, ours),
        says=_says(found, first, fit),
        comparable=fit,
    )


def filled(change: str, broken: str, working: str) -> str:
    """Fill a sentence in; a name or a value with braces in it is text, and no field."""
    values = {"{broken}": broken, "{working}": working}
    return _FIELD.sub(lambda match: values[match[0]], change)


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
) -> Difference:
    fact = theirs or ours
    assert fact is not None
    bonus = _bonus(fact.topic, told)
    broken, working = (
        _value(theirs) or translate("(not there)"),
        _value(ours) or translate("(not there)"),
    )
    return Difference(
        what=key,
        broken=broken,
        working=working,
        weight=fact.weight + bonus,
        why=fact.why,
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


def _says(found: list[Difference], first: Difference | None, fit: Comparable) -> str:
    if not fit.is_fit:
        return fit.says
    told = _told(found, first)
    return f"{fit.says} {told}" if fit.says else told


def _told(found: list[Difference], first: Difference | None) -> str:
    if not found:
        return translate(
            "The two machines do not differ in anything that was looked at."
        )
    if first is None:
        return translate(
            "{n} facts differ, none of which can be changed by hand.",
            n=len(found),
        )
    return translate(
        "{n} facts differ. Change this one first: {what}. {change}",
        n=len(found),
        what=first.what,
        change=first.change,
    )
