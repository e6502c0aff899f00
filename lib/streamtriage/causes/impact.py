"""How much a cause matters to the client that failed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from streamtriage.causes.met import client_of, reactions_met, situations_of
from streamtriage.knowledge.client_defects import defects_of
from streamtriage.knowledge.client_texts import title_of
from streamtriage.model.message import say
from streamtriage.model.observation import Weight
from streamtriage.wording import listed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streamtriage.causes.explains import Explains
    from streamtriage.model import ClientReaction, Finding, Impact, Outcome
    from streamtriage.model.message import Text
    from streamtriage.model.observation import Observation
    from streamtriage.observations.case import Case

__all__ = ["KnownImpact", "impact_of", "known_of_client"]

_WORST: tuple[Impact, ...] = ("fatal", "degraded", "cosmetic")


@dataclass(frozen=True)
class KnownImpact:
    """What one version of a client makes of a cause, and a sentence that says so.

    `impact` is None where its rows leave that of the cause as it is.
    """

    impact: Impact | None
    text: Text


def known_of_client(explains: Iterable[Explains], case: Case) -> KnownImpact | None:
    """Return what the client that failed makes of a cause, if that is known.

    Of the faults that were met, those count whose phase the cause explains. What is
    known of the very version, from its log or changelog, goes before what the nearest
    measured one did.
    """
    client, version = client_of(case)
    phases = {phase for clause in explains for phase in clause.phases}
    met = [s for s, phase in situations_of(case).items() if phase in phases]
    if not client or not met:
        return None
    title = title_of(client)
    known = [d for d in defects_of(title, version) if d.situation in met]
    if known:
        what = f"{known[0].what[0].lower()}{known[0].what[1:]}"
        says = say(
            "impact.known-of-client.says",
            title=title,
            version=version,
            what=what,
            advice=known[0].advice,
        )
        return KnownImpact(known[0].matters, says)
    reactions = [r for r in reactions_met(case) if r.situation in met]
    judged = [(_impact(r), _says(r, title)) for r in reactions]
    ranked = sorted(judged, key=lambda j: _rank(j[0]))
    return KnownImpact(*ranked[0]) if ranked else None


def _rank(impact: Impact | None) -> int:
    return _WORST.index(impact) if impact in _WORST else len(_WORST)


def _impact(reaction: ClientReaction) -> Impact | None:
    if reaction.tools == "lost":
        return "fatal"
    if reaction.situation.startswith("get-"):
        return "cosmetic"
    # The stream is not asked for again: what rides on it is lost for good.
    ends = reaction.again in ("never", "gives up") or reaction.session == "new"
    streamed = reaction.situation in ("clean-end", "reset", "retry", "reopening-502")
    return "degraded" if ends and streamed else None


def _says(reaction: ClientReaction, title: str) -> Text:
    name = f"{title} {reaction.version}".strip()
    tools = (
        say("impact.says.tools")
        if reaction.tools == "left"
        else say("impact.says.tools.has-no-tools-left")
    )
    again = {
        "never": say("impact.says.again"),
        "gives up": say("impact.says.again.gives-up-after-gets", gets=reaction.gets),
        "for ever": say("impact.says.again.asks-for-the-stream"),
    }.get(reaction.again, "")
    more = say("impact.says.more") if reaction.session == "new" else ""
    does = listed([each for each in (tools, again) if each])
    return say(
        "impact.says", name=name, does=does, more=more, measured=reaction.measured
    )


def impact_of(
    outcome: Outcome,
    lead: Finding | None,
    seen: Iterable[Observation],
    reactions: Iterable[ClientReaction] = (),
) -> Impact:
    """Return how much it matters: what was measured, then what the table knows.

    Where a request of the client's own sequence was refused or not answered, nothing
    works, whatever the table says of the cause, and where the client that failed has
    no tools left; nothing is less than the lead's.
    """
    if outcome == "healthy":
        return "none"
    if any(each.weight is Weight.BLOCKING for each in seen):
        return "fatal"
    if any(each.tools == "lost" for each in reactions):
        return "fatal"
    return lead.impact if lead is not None else "unknown"
