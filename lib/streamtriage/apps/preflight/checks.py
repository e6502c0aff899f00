"""The checks: one row a layer, in the order in which a request meets them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from streamtriage.apps.preflight.model import Check, CheckResult
from streamtriage.causes.health import health_of
from streamtriage.model import Layer, Status
from streamtriage.model.message import message_of, say
from streamtriage.observations.case import Case
from streamtriage.wording import answer, seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from streamtriage.apps.preflight.model import Judged
    from streamtriage.model import Report
    from streamtriage.model.message import Message, Text

__all__ = ["CHECKS", "Row", "checks_of"]


@dataclass(frozen=True)
class Seen:
    """What was seen of one layer: `good` is None where there was nothing to ask."""

    good: bool | None
    says: Text


@dataclass(frozen=True)
class Row:
    """One check: its question, the layers whose causes it holds, how it shows."""

    name: str
    question: str
    layers: tuple[Layer, ...]
    seen: Callable[[Case], Seen | None]


def checks_of(report: Report, judged: Sequence[Judged]) -> tuple[Check, ...]:
    """Return every check; one without a cause passes only where its layer worked."""
    case = Case(report.intake, report.signature, report.evidence, report.asked_as)
    rows = (_check(row, case, judged) for row in CHECKS)
    # What this machine says is not asked here; a cause of that layer gets its row.
    return tuple(row for row in rows if row.name != "local" or row.causes)


def _check(row: Row, case: Case, judged: Sequence[Judged]) -> Check:
    own = [each for each in judged if each.layer in row.layers]
    own.sort(key=lambda each: each.decision != "fails")
    seen = row.seen(case)
    if not own and seen is not None and seen.good is False:
        result, says = _elsewhere(seen, judged)
    else:
        result, says = _told(seen, own)
    return Check(
        name=row.name,
        question=row.question,
        result=result,
        says=str(says),
        message=message_of(says),
        causes=tuple(each.cause for each in own),
    )


def _elsewhere(seen: Seen, judged: Sequence[Judged]) -> tuple[CheckResult, Text]:
    """Say that a cause of another layer explains what did not work here."""
    present = [each for each in judged if each.status is Status.PRESENT]
    if not present:
        return "unknown", seen.says
    failing = any(each.decision == "fails" for each in present)
    names = ", ".join(each.cause for each in present)
    return ("unknown" if failing else "warn"), say("check.explained", causes=names)


def _told(seen: Seen | None, own: Sequence[Judged]) -> tuple[CheckResult, Text]:
    if own and own[0].decision == "fails":
        return "fail", own[0].message or own[0].because
    if own:
        return "warn", _put_up_with(own[0])
    if seen is None:
        return "unknown", say("check.not-judged")
    if seen.good is None:
        return "not asked", seen.says
    return ("pass" if seen.good else "unknown"), seen.says


def _put_up_with(judged: Judged) -> Message:
    because = judged.message or judged.because
    if judged.status is not Status.PRESENT:
        because = say("check.suspected", because=because)
    return say(
        "check.put-up-with",
        because=because,
        decision=judged.decision,
        reason=judged.reason,
    )


def _name(case: Case) -> Seen | None:
    reach = case.reach
    if reach is None:
        return None
    if reach.addresses:
        found = ", ".join(each.ip for each in reach.addresses[:4])
        if reach.dns_s is None:
            return Seen(good=True, says=found)
        took = say("check.name", addresses=found, took=seconds(reach.dns_s))
        return Seen(good=True, says=took)
    if reach.proxy:
        return Seen(good=None, says=say("check.proxy-looks-up"))
    return None


def _network(case: Case) -> Seen | None:
    tried = case.reach.addresses if case.reach else ()
    open_ = [each for each in tried if each.connect_s is not None]
    if open_:
        fastest = min(each.connect_s or 0.0 for each in open_)
        return Seen(good=True, says=say("check.tcp", took=seconds(fastest)))
    return _post(case)


def _tls(case: Case) -> Seen | None:
    reach = case.reach
    if reach is None:
        return None
    if reach.scheme == "http":
        return Seen(good=None, says=say("check.plain-http"))
    tls = reach.tls
    if tls is None:
        return None
    good = bool(tls.trusted and tls.names_match and tls.dates_hold)
    version = tls.version or "TLS"
    if not tls.not_after:
        return Seen(good, version)
    return Seen(good, say("check.tls", version=version, until=str(tls.not_after)))


def _http(case: Case) -> Seen | None:
    first = case.handshake.initialize if case.handshake else None
    if first is None or not first.answered:
        return None
    said = say("check.request", request="initialize", answer=answer(first))
    return Seen(bool(case.posts_work), said)


def _version(case: Case) -> Seen | None:
    handshake = case.handshake
    if handshake is None or case.era == "unknown":
        return None
    named = handshake.revision or ", ".join(handshake.supported) or "2026-07-28"
    return Seen(good=True, says=say("check.revision", revision=named))


def _auth(case: Case) -> Seen | None:
    refused = next((e for e in case.exchanges if e.status in (401, 403)), None)
    if case.posts_work is None:
        return None
    if case.posts_work:
        return Seen(good=True, says=say("check.let-in"))
    return Seen(good=False, says=answer(refused)) if refused else None


def _post(case: Case) -> Seen | None:
    if case.posts_work is None:
        return None
    said = say("check.request", request="POST", answer=answer(case.posts[-1]))
    return Seen(case.posts_work, said)


def _session(case: Case) -> Seen | None:
    if case.era == "modern":
        return Seen(good=None, says=say("check.no-sessions"))
    return _post(case)


def _stream(case: Case) -> Seen | None:
    if case.handshake is None or case.era == "unknown":
        return None
    health = health_of(case)
    return Seen(health.good, health.text)


def _nothing(_case: Case) -> Seen | None:
    return None


CHECKS: tuple[Row, ...] = (
    Row("name", "Is the name found?", ("name",), _name),
    Row("network", "Is it reached?", ("network",), _network),
    Row("tls", "Is its certificate good?", ("tls",), _tls),
    Row("proxy", "Does what stands between let it through?", ("proxy",), _post),
    Row("http", "Does it answer as clients expect?", ("http",), _http),
    Row("version", "Is there a revision in common?", ("version",), _version),
    Row("auth", "Is the client let in?", ("auth",), _auth),
    Row("rate", "Is there room for a client?", ("rate",), _post),
    Row("session", "Does a session begin, and does POST work?", ("session",), _session),
    Row("stream", "Does the event stream open and open again?", ("stream",), _stream),
    Row("local", "Is this machine set up right?", ("local",), _nothing),
)
