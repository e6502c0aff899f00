"""Reports as vantage points would send them, made from evidence without a network."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from causes.samples import case
from streamtriage import __version__
from streamtriage.fleet.row import row_of, unanswered
from streamtriage.fleet.targets import FleetTarget
from streamtriage.fleet.vantage_reports import View, Views
from streamtriage.model import (
    Intake,
    PredictedText,
    Report,
    Signature,
    Target,
    Tool,
    Verdict,
)
from streamtriage.triage import judge_again

if TYPE_CHECKING:
    from streamtriage.model import Evidence

__all__ = ["TARGET", "died", "report", "view", "views"]

TARGET = FleetTarget(url="https://mcp.example/mcp", name="server")


def report(
    *changed: Evidence, proxy: str | None = None, auth_env: str = "", **more: Any
) -> Report:
    """Return the judged report of a sound server, with some evidence replaced."""
    told = Verdict(outcome="healthy", cut="", reopen="", summary="")
    bare = Report(
        tool=Tool(version=__version__),
        taken_at=datetime(2026, 11, 23, tzinfo=UTC),
        intake=Intake(url=TARGET.url, auth_env=auth_env),
        signature=Signature(),
        target=Target(url=TARGET.url, proxy=proxy),
        era="legacy",
        evidence=case(*changed, **more).evidence,
        verdict=told,
        predicted_text=PredictedText(),
    )
    return judge_again(bare)


def view(vantage: str, *changed: Evidence, **more: Any) -> View:
    found = report(*changed, **more)
    return View(vantage, row_of(TARGET, vantage, "d", found), found)


def died(vantage: str) -> View:
    """Return a vantage point whose worker died."""
    return View(vantage, unanswered(TARGET, vantage, "d", "worker died", "It died."))


def views(*seen: View) -> Views:
    return Views(TARGET.name, seen)
