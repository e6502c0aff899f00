"""How a cause that compares vantage points is announced, and what it may say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from streamtriage.causes.judgement import Judgement, absent, unknown
from streamtriage.fleet.vantage_reports import named
from streamtriage.model import CauseId, Finding

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamtriage.fleet.vantage_reports import Views
    from streamtriage.model import Fix, Impact, Layer, Owner, Scope

__all__ = ["AcrossCause", "across", "divided"]


@dataclass(frozen=True)
class AcrossCause:
    """A named cause that only several vantage points together can show.

    `id` comes from the function's name and `title` from its docstring.
    """

    id: CauseId
    title: str
    judge: Callable[[Views], Judgement]
    layer: Layer
    owner: Owner
    scope: Scope
    impact: Impact
    look_alike: CauseId
    fixes: tuple[Fix, ...]

    def find(self, views: Views) -> Finding:
        judged = self._judge(views)
        return Finding(
            cause=self.id,
            title=self.title,
            status=judged.status,
            because=str(judged.because),
            settle=str(judged.settle),
            owner=judged.owner or self.owner,
            scope=self.scope,
            layer=self.layer,
            impact=judged.impact or self.impact,
            rests_on=judged.rests_on,
            look_alike=self.look_alike,
            fixes=self.fixes,
        )

    def _judge(self, views: Views) -> Judgement:
        telling = views.telling
        if len(telling) < 2:
            return unknown(
                "Only one vantage point could tell of this server, so there is nothing "
                "to compare it with."
                if telling
                else "No vantage point could tell of this server."
            )
        return self.judge(views)


def across(  # noqa: PLR0913 - the columns of the catalogue
    *,
    layer: Layer,
    owner: Owner,
    scope: Scope,
    impact: Impact,
    look_alike: CauseId,
    fixes: tuple[Fix, ...],
) -> Callable[[Callable[[Views], Judgement]], AcrossCause]:
    """Make an `AcrossCause` of the function that judges it."""

    def make(judge: Callable[[Views], Judgement]) -> AcrossCause:
        title = (judge.__doc__ or "").strip().partition("\n")[0].rstrip(".")
        name = judge.__name__.replace("_", "-")
        return AcrossCause(
            CauseId(name), title, judge, layer, owner, scope, impact, look_alike, fixes
        )

    return make


def divided(views: Views) -> Judgement | None:
    """Return what settles it where the vantage points agree; None where they do not."""
    if not views.failing and not views.working:
        return unknown("Whether it works was not shown from any vantage point.")
    if not views.failing:
        return absent(f"It works from {named(views.working)}.")
    if not views.working:
        return absent(
            f"It fails from {named(views.failing)} alike, so what one of them has on "
            "its way is not what makes it fail."
        )
    return None
