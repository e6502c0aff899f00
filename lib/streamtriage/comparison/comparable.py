"""Whether two reports can be compared at all: asked before anything they differ in."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from streamtriage.languages import translate
from streamtriage.model import Comparable, HandshakeEvidence
from streamtriage.model.addresses import USUAL_PORTS

if TYPE_CHECKING:
    from streamtriage.model import Report

__all__ = ["comparable"]


def comparable(
    broken: Report, working: Report, *, same_service: bool = False
) -> Comparable:
    """Tell whether what the two differ in says anything about the failure.

    Two addresses may be one service, reached in two ways, or two that have nothing to
    do with each other; only the person knows, and says so with `same_service`.
    """
    if _measured(broken) == _measured(working):
        return Comparable(
            fitness="same",
            says=(
                translate(
                    "This is one and the same report, given twice. Give the "
                    "report of a run that works."
                )
            ),
        )
    if not same_service and _endpoint(broken) != _endpoint(working):
        return Comparable(fitness="two-servers", says=_two_servers(broken, working))
    if _works(working):
        return _fit() if not _works(broken) else _both_sound()
    if working.verdict.outcome == "could-not-tell":
        return Comparable(
            fitness="not-known",
            says=(
                translate(
                    "The side given as working could not tell whether it "
                    "works, so it is no example to follow. Give the report of "
                    "a run that works."
                )
            ),
        )
    if _works(broken) and working.verdict.causes:
        return _swapped(working)
    return Comparable(
        fitness="working-fails",
        says=(
            translate(
                "The side given as working does not work: {working}. So it "
                "is no example to follow. Give the report of a run that "
                "works.",
                working=_named(working),
            )
        ),
    )


def _measured(report: Report) -> tuple[object, ...]:
    return report.taken_at, report.target, report.evidence


def _endpoint(report: Report) -> tuple[str, int | None, str]:
    """Return what two addresses of one endpoint have in common, http or https."""
    url = urlsplit(report.target.url)
    try:
        port = url.port
    except ValueError:
        port = None
    usual = port in (None, USUAL_PORTS.get(url.scheme))
    return url.hostname or "", None if usual else port, url.path.rstrip("/")


def _works(report: Report) -> bool:
    """Tell whether somebody would call it working: what is only logged harms nobody."""
    verdict = report.verdict
    return verdict.sound or (
        verdict.outcome == "cause-present" and verdict.impact in ("cosmetic", "none")
    )


def _fit() -> Comparable:
    return Comparable()


def _both_sound() -> Comparable:
    return Comparable(
        fitness="both-sound",
        says=(
            translate(
                "Neither side shows a failure, so there is nothing to "
                "explain. Run the triage again while it fails."
            )
        ),
    )


def _swapped(working: Report) -> Comparable:
    return Comparable(
        swapped=True,
        says=(
            translate(
                "The two sides look swapped: the one given as failing "
                "works, and the one given as working does not ({working}). "
                "So they were compared the other way round.",
                working=_named(working),
            )
        ),
    )


def _named(report: Report) -> str:
    return ", ".join(report.verdict.causes) or report.verdict.outcome


def _two_servers(broken: Report, working: Report) -> str:
    here, there = _software(broken), _software(working)
    told = (
        translate(
            " One calls itself {here}, the other {there}.", here=here, there=there
        )
        if here != there
        else ""
    )
    return translate(
        "These are two servers: {url} and {url_2}.{value} Is it "
        "one service, reached in two ways? If not, what they "
        "differ in says nothing about the failure.",
        url=broken.target.url,
        url_2=working.target.url,
        value=told if here and there else "",
    )


def _software(report: Report) -> str:
    greeted = next(
        (e for e in report.evidence if isinstance(e, HandshakeEvidence)), None
    )
    named = (greeted.server_name, greeted.server_version) if greeted else ()
    return " ".join(filter(None, named))
