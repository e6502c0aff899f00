"""Streams that ended as soon as they were opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.model.observation import Kind, Phase
from streamtriage.model.roles import Role
from streamtriage.observations.cut import FLAP_S, ended_streams
from streamtriage.observations.finder import finds, observe_exchange

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamtriage.model.observation import Observation
    from streamtriage.observations.case import Case


@finds(Kind.FLAP)
def find_flaps(case: Case) -> Iterator[Observation]:
    """Yield every stream that hardly lived, head and all."""
    for each in ended_streams(case):
        seen = each.exchange
        if (seen.lived_s or 0.0) < FLAP_S and (seen.head_wait_s or 0.0) < FLAP_S:
            phase = Phase.OPEN
            if each.role is Role.REOPEN_GET:
                phase = Phase.REOPEN
                if seen.events:
                    # It brought what was missed, and has nothing more to say.
                    continue
            elif each.role is Role.LISTEN:
                phase = Phase.LISTEN
            yield observe_exchange(
                Kind.FLAP, each, phase, after_s=seen.lived_s, end=seen.end
            )
