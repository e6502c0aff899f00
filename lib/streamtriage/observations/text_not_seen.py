"""The error that the person pasted, where it did not come up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.model.observation import Kind, Phase
from streamtriage.model.roles import Role
from streamtriage.observations.finder import finds, observe_fact

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamtriage.model.observation import Observation
    from streamtriage.observations.case import Case


@finds(Kind.TEXT_NOT_SEEN)
def find_text_not_seen(case: Case) -> Iterator[Observation]:
    """Yield one observation where this error was pasted, and no GET was refused now."""
    signature = case.signature
    if not signature.is_this_error:
        return
    if signature.reason == "":
        yield observe_fact(
            Kind.TEXT_NOT_SEEN,
            Role.GET,
            Phase.TEXT,
            "signature",
            detail="empty-reason",
        )
    refused = [get for get in case.gets if not get.is_event_stream]
    wanted = set(signature.statuses)
    if not any(not wanted or get.status in wanted for get in refused):
        yield observe_fact(
            Kind.TEXT_NOT_SEEN, Role.GET, Phase.TEXT, "signature", detail="not-seen"
        )
