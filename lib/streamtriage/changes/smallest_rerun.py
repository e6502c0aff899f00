"""The smallest action that fails: derived from a verdict, and run again in seconds."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from streamtriage.changes.run_summary import lead, narrowed
from streamtriage.languages import speaking, translate
from streamtriage.model import CauseId, HoldEvidence, Noun, SessionEvidence, Status
from streamtriage.probes import PROBES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamtriage.model import Finding, Intake, Report

__all__ = ["Action", "action_words", "everything", "one_probe", "smallest"]

_SAYS = {
    "reach": "look the name up and connect once",
    "tls": "make one TLS handshake",
    "redirect": "send one POST and follow where it is sent",
    "proxy": "ask the proxy for one tunnel",
    "era": "send one `server/discover`",
    "handshake": "open one session by an `initialize` POST and send one harmless POST",
    "concurrent": "send one POST before, two while and one after a stream is held",
    "open": "send one GET with a live session, and its variants that tell refusals "
    "apart",
    "http-sse": "open one stream of HTTP+SSE, post to the endpoint that it names, and "
    "watch it",
    "follow-up": "repeat one refused request unchanged, then with one thing changed",
    "credential": "ask once without the credential",
    "reopen": "end one stream and ask for it again at once, at +1.0 s and at +2.5 s",
    "auth": "ask once for what the refusal of the credential points to",
    "guard": "repeat one refused request with one header changed at a time",
    "replicas": "ask for one session on a row of fresh connections",
    "second": "open one stream and ask for a second one beside it",
    "resume": "take one stream up again after an event",
    "session": "leave one session alone for {idle} s and send one POST in it",
    "provider": "ask the model provider's endpoint once",
    "control": "hold one stream inside this machine for {hold} s",
    "hold": "hold one silent stream for {hold} s, and ask for it again when it ends",
    "lifetime": "hold one stream with traffic on it for {hold} s",
    "delay": "ask once for a compressed stream",
    "listen": "open one `subscriptions/listen` and hold it for {hold} s",
    "afterwards": "open one session at last and send one POST in it",
    "silence": "read which request was the last to be answered",
    "fingerprint": "read the traces of intermediaries",
    "local": "read this machine's settings and logs again",
}
_WATCHING = tuple(p.name for p in PROBES if p.phase == "watch")
_EVERYTHING = "run the whole triage"


class Action(Noun):
    """A named small set of probes and waits; no probes stand for all of them.

    `cause` is the finding that must change, `hold_s` and `idle_s` are the waits.
    """

    says: str
    cause: CauseId = CauseId("")
    probes: tuple[str, ...] = ()
    hold_s: float = 0.0
    idle_s: float = 0.0

    @property
    def whole(self) -> bool:
        return not self.probes

    @property
    def local(self) -> bool:
        """True if what this machine says must be read again."""
        return self.whole or "local" in self.probes

    @property
    def of_the_wire(self) -> tuple[str, ...]:
        """The probes to run; one connection where only the machine is looked at."""
        return tuple(p for p in self.probes if p != "local") or (
            () if self.whole else ("reach",)
        )

    def intake(self, intake: Intake) -> Intake:
        """Return the intake with the waits of this action."""
        if self.whole:
            return intake
        waits = {"hold_s": self.hold_s, "idle_s": self.idle_s}
        return intake.model_copy(update=waits)


def action_words(action: Action) -> str:
    """Return what an action does, in the language spoken."""
    if action.whole:
        return translate(_EVERYTHING)
    told = (_words(name, action.hold_s, action.idle_s) for name in action.probes)
    return "; ".join(told)


def smallest(report: Report) -> Action | None:
    """Return the fewest probes on which the leading finding rests; None without one.

    Found by judging again: a part of the evidence is enough if the finding keeps its
    status on it alone.
    """
    found = lead(report)
    if found is None:
        return None
    for names in _candidates(report, found):
        if _status(narrowed(report, names), found.cause) is found.status:
            return _action(report, names, found.cause)
    return everything(report)


def one_probe(report: Report, probe: str) -> Action:
    """Return the action that runs one probe again, with the waits of the report."""
    found = lead(report)
    return _action(report, (probe,), found.cause if found else CauseId(""))


def everything(report: Report) -> Action:
    """Return the action that leaves nothing out."""
    found = lead(report)
    return Action(says=_EVERYTHING, cause=found.cause if found else CauseId(""))


def _candidates(report: Report, found: Finding) -> Iterator[tuple[str, ...]]:
    """Yield sets of probes, the cheapest first; what only waits comes last."""
    seen = {each.probe for each in report.evidence}
    quick = [p.name for p in PROBES if p.name in seen and p.name not in _WATCHING]
    slow = [name for name in _WATCHING if name in seen]
    order = [*quick, *(["local"] if "local" in seen else []), *slow]
    yield from ((name,) for name in order)
    bears = [name for name in order if name in found.rests_on]
    for size in range(2, len(bears) + 1):
        yield from itertools.combinations(bears, size)
    yield tuple(name for name in quick if name != "fingerprint")


def _status(report: Report, cause: CauseId) -> Status | None:
    return next((f.status for f in report.findings if f.cause == cause), None)


def _action(report: Report, names: tuple[str, ...], cause: CauseId) -> Action:
    waits = any(name in _WATCHING and name != "delay" for name in names)
    hold_s = _hold_s(report) if waits else 0.0
    idle_s = _idle_s(report) if "session" in names else 0.0
    with speaking("en"):
        words = [_words(name, hold_s, idle_s) for name in names]
    return Action(
        says="; ".join(words), cause=cause, probes=names, hold_s=hold_s, idle_s=idle_s
    )


def _words(name: str, hold_s: float, idle_s: float) -> str:
    if name not in _SAYS:
        return translate("run the probe {name}", name=name)
    return translate(_SAYS[name], hold=f"{hold_s:g}", idle=f"{idle_s:g}")


def _idle_s(report: Report) -> float:
    """Return how long a session was left alone: as asked, or as long as the watch."""
    left = [e.idle_s for e in report.evidence if isinstance(e, SessionEvidence)]
    return left[0] if left else report.intake.idle_s


def _hold_s(report: Report) -> float:
    """Return how long to watch to see the same end again: a little past the age."""
    asked_s = report.intake.hold_s
    ends = [
        watch.stream.lived_s or 0.0
        for each in report.evidence
        if isinstance(each, HoldEvidence)
        for watch in each.watches
        if watch.stream.end is not None and watch.stream.end.natural
    ]
    return min(asked_s, round(max(ends) * 1.1 + 2.0, 1)) if ends else asked_s
