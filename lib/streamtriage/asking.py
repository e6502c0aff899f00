"""Which client the probes ask as: the first source that names exactly one."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from streamtriage.knowledge.client_choice import choose_client
from streamtriage.knowledge.client_folders import UnknownClientError
from streamtriage.knowledge.client_reactions import reactions_of
from streamtriage.knowledge.client_trust import offers_http2
from streamtriage.model import AskedAs
from streamtriage.observations.case import Case
from streamtriage.wire.target import IntakeError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streamtriage.model import BugEvidence, Intake, LocalEvidence, Signature

__all__ = ["choose_asking"]


def choose_asking(
    intake: Intake,
    signature: Signature,
    local: LocalEvidence | BugEvidence | None = None,
    environ: Mapping[str, str] | None = None,
) -> AskedAs:
    """Return whom the probes ask as, and why.

    `environ` decides where a client speaks HTTP/2 only with a store of its own. Raises
    IntakeError for a client that is not known; the message lists the known ones.
    """
    case = Case(intake, signature, () if local is None else (local,))
    try:
        chosen = choose_client(
            _named(intake.client, intake.client_version),
            text=_printed(signature),
            config=[
                each.client for each in case.configured if each.state in ("wins", "")
            ],
            log=[case.log.client] if case.log is not None else [],
        )
    except UnknownClientError as unknown:
        raise IntakeError(str(unknown)) from None
    rows, named = chosen.dialect.key, chosen.by != "default"
    env = os.environ if environ is None else environ
    return AskedAs(
        client=chosen.client if named else "",
        version=chosen.version if named else "",
        by=chosen.by,
        rows=rows,
        # Who failed is not known: both are offered, and what differs is asked for.
        loses_tools=_loses_tools(f"{chosen.client}@{chosen.version}") if named else (),
        http2=offers_http2(f"{chosen.client}@{chosen.version}", env) if named else True,
    )


def _named(name: str, version: str) -> str:
    """Return NAME@VERSION; a version in the name stands."""
    own = name.strip()
    return f"{own}@{version.strip()}" if own and "@" not in own[1:] else own


def _printed(signature: Signature) -> list[str]:
    printed = signature.client
    return [] if printed is None else [f"{printed.name}@{printed.version}"]


def _loses_tools(client: str) -> tuple[str, ...]:
    rows = reactions_of(client)
    met = rows.after.items() if rows is not None else ()
    return tuple(situation for situation, after in met if after.tools == "lost")
