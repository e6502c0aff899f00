"""The policy: which findings fail a build, and what a whole server comes to."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import TYPE_CHECKING, get_args

from streamtriage.apps.preflight.model import Decision, Judged, Policy, Result, Unknown
from streamtriage.causes import CAUSES
from streamtriage.languages import translate
from streamtriage.model import BugEvidence, Finding, Report, Status
from streamtriage.observations.case import Case
from streamtriage.redaction import cut, shown_text
from streamtriage.transport.target import IntakeError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["PolicyError", "decide", "exit_code", "policy_of", "result_of", "worst"]

WORDS = ("present", "suspected", "cosmetic")
REASON_LIMIT = 300
_HARMLESS = ("cosmetic", "none")
_CODES: dict[Result, int] = {"pass": 0, "fail": 1, "unknown": 3, "tool-fault": 4}
_ANSWERS: dict[Unknown, int] = {"report": 3, "pass": 0, "fail": 1}
_ORDER: tuple[Result, ...] = ("tool-fault", "fail", "unknown", "pass")


class PolicyError(IntakeError):
    """The policy cannot be used; the message says what to write instead."""


def policy_of(
    fail_on: str | Iterable[str] = "present",
    allow: Mapping[str, str] | Iterable[str] = (),
    unknown: str = "report",
) -> Policy:
    """Read a policy: `present,cause-id`, and `cause-id=reason` for each allowed one.

    Raises PolicyError for a word or a cause that does not exist, and for a cause that
    is allowed without a reason.
    """
    if unknown not in get_args(Unknown):
        raise PolicyError(
            translate("unknown is one of {join}.", join=", ".join(get_args(Unknown)))
        )
    words = fail_on.split(",") if isinstance(fail_on, str) else list(fail_on)
    named = tuple(dict.fromkeys(filter(None, (word.strip() for word in words))))
    if not named:
        raise PolicyError(
            translate(
                "fail_on is empty, so nothing could fail. Write present, "
                "suspected, cosmetic, or the names of causes."
            )
        )
    for word in named:
        _known(word, "fail_on", WORDS)
    # Whoever minds what is only suspected, or hardly matters, minds what is present.
    if {"suspected", "cosmetic"} & set(named) and "present" not in named:
        named = ("present", *named)
    pairs = allow.items() if isinstance(allow, Mapping) else map(_pair, allow)
    allowed = {name: _reason(name, reason) for name, reason in pairs}
    return Policy.model_validate(
        {"fail_on": named, "allow": allowed, "unknown": unknown}
    )


def decide(finding: Finding, policy: Policy) -> Judged:
    """Return what the policy makes of one finding that is present or suspected."""
    decision, reason = _decision(finding, policy)
    return Judged(
        cause=finding.cause,
        title=finding.title,
        status=finding.status,
        impact=finding.impact,
        layer=finding.layer,
        owner=finding.owner,
        scope=finding.scope,
        because=finding.because,
        message=finding.message,
        settle=finding.settle,
        decision=decision,
        reason=reason,
        fix=finding.fixes[0] if finding.fixes else None,
    )


def result_of(report: Report, judged: Sequence[Judged], policy: Policy) -> Result:
    """Return what one try came to; pass is said only of what was really judged."""
    if any(each.decision == "fails" for each in judged):
        return "fail"
    if any(isinstance(seen, BugEvidence) for seen in report.evidence):
        return "tool-fault"
    wanted = {name for name in policy.fail_on if name not in WORDS}
    unjudged = any(
        f.cause in wanted and f.status is Status.UNKNOWN for f in report.findings
    )
    if report.interrupted or unjudged:
        return "unknown"
    if "present" not in policy.fail_on:
        return "unknown" if any(_open(each, wanted) for each in judged) else "pass"
    if any(_open(each, {each.cause}) for each in judged):
        return "unknown"
    return "pass" if _explained(report, judged) else "unknown"


def worst(results: Iterable[Result]) -> Result:
    """Return the result that speaks for all; nothing at all is not known."""
    seen = set(results)
    return next((each for each in _ORDER if each in seen), "unknown")


def exit_code(result: Result, policy: Policy) -> int:
    """Return the process's exit code: 0 pass, 1 fail, 3 could not tell, 4 our fault."""
    return _ANSWERS[policy.unknown] if result == "unknown" else _CODES[result]


def _decision(finding: Finding, policy: Policy) -> tuple[Decision, str]:
    name, here = finding.cause, finding.status is Status.PRESENT
    if name in policy.allow:
        return "allowed", policy.allow[name]
    if not here and "suspected" not in policy.fail_on:
        return "warns", "suspected, not proven"
    if name in policy.fail_on:
        return "fails", "named in fail_on"
    if finding.impact in _HARMLESS and "cosmetic" not in policy.fail_on:
        return "warns", "requests work; the message in the log is the only effect"
    if "present" in policy.fail_on:
        return "fails", "present" if here else "suspected"
    return "warns", "not named in fail_on"


def _open(judged: Judged, wanted: set[str]) -> bool:
    """Tell whether a suspicion that matters is neither settled nor put up with."""
    return (
        judged.status is Status.SUSPECTED
        and judged.decision == "warns"
        and judged.impact not in _HARMLESS
        and judged.cause in wanted
    )


def _explained(report: Report, judged: Sequence[Judged]) -> bool:
    """Tell whether all went well, or what did not is one of the causes put up with."""
    case = Case(report.intake, report.signature, report.evidence, report.asked_as)
    if report.verdict.sound:
        return True
    here = [each for each in judged if each.status is Status.PRESENT]
    if any(each.decision == "allowed" for each in here):
        return True
    # What hardly matters explains a refused stream, not a POST that fails beside it.
    return bool(here) and case.posts_work is True


def _known(name: str, where: str, also: Sequence[str] = ()) -> None:
    names = [*also, *(cause.id for cause in CAUSES)]
    if name in names:
        return
    shown = shown_text(name, 80)
    near = difflib.get_close_matches(name, names, n=1)
    hint = f" Did you mean {near[0]}?" if near else ""
    raise PolicyError(
        translate(
            "{where}: no cause is called {shown!r}.{hint} "
            "`streamtriage causes` lists them all.",
            where=where,
            shown=shown,
            hint=hint,
        )
    )


def _pair(text: str) -> tuple[str, str]:
    name, _, reason = text.partition("=")
    return name.strip(), reason


def _reason(name: str, reason: str) -> str:
    _known(name, "allow")
    told = cut(" ".join(shown_text(reason).split()), REASON_LIMIT)
    if not told:
        raise PolicyError(
            translate(
                "allow: give the reason why {name} is put up with, such as "
                "{name}=ticket 123, until the proxy is replaced.",
                name=name,
            )
        )
    return told
