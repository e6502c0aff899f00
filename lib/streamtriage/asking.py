"""Which client the probes ask as: the first source that names exactly one."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from streamtriage.knowledge.client_choice import choose_client
from streamtriage.knowledge.client_folders import UnknownClientError
from streamtriage.knowledge.client_reactions import reactions_of
from streamtriage.knowledge.client_requests import DEFAULT_CLIENT
from streamtriage.knowledge.client_trust import (
    offers_http2,
    reads_store,
    trust_of,
    uses_proxy,
)
from streamtriage.model import AskedAs
from streamtriage.observations.case import Case
from streamtriage.transport.target import IntakeError
from streamtriage.transport.trust_stores import stores_at_hand

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streamtriage.model import (
        BugEvidence,
        Intake,
        LocalEvidence,
        Signature,
        Target,
    )

__all__ = ["as_client_reaches", "choose_asking"]


def choose_asking(
    intake: Intake,
    signature: Signature,
    local: LocalEvidence | BugEvidence | None = None,
    environ: Mapping[str, str] | None = None,
) -> AskedAs:
    """Return whom the probes ask as, and why.

    `environ` decides where a client speaks HTTP/2 only with a store of its own. A name
    that no measured client has is kept as `not_known`, and the next source decides.
    Raises IntakeError for such a name with a version behind it (NAME@VERSION), for that
    asks for rows; the message lists the known ones.
    """
    case = Case(intake, signature, () if local is None else (local,))
    others = {
        "text": _printed(signature),
        "config": [
            each.client for each in case.configured if each.state in ("wins", "")
        ],
        "log": [case.log.client] if case.log is not None else [],
    }
    not_known = ""
    try:
        named = _named(intake.client, intake.client_version)
        chosen = choose_client(named, **others)
    except UnknownClientError as unknown:
        if "@" in intake.client.strip()[1:]:
            raise IntakeError(str(unknown)) from None
        not_known = intake.client.strip()
        chosen = choose_client("", **others)
    rows, by = chosen.dialect.key, chosen.by != "default"
    env = os.environ if environ is None else environ
    return AskedAs(
        client=chosen.client if by else "",
        version=chosen.version if by else "",
        by=chosen.by,
        rows=rows,
        # Who failed is not known: both are offered, and what differs is asked for.
        loses_tools=_loses_tools(f"{chosen.client}@{chosen.version}") if by else (),
        http2=offers_http2(f"{chosen.client}@{chosen.version}", env)
        if by and signature.reason != ""
        else True,
        not_known=not_known,
    )


def as_client_reaches(
    target: Target,
    asked: AskedAs,
    environ: Mapping[str, str] | None = None,
    *,
    given_proxy: str = "",
) -> Target:
    """Return the target with the stores that the client reads, and its way to it.

    Who failed may not be known: then the TypeScript SDK's rows stand for it. A client
    that was measured to pass over the proxy variables is not led through that proxy.
    """
    env = os.environ if environ is None else environ
    rows = trust_of(asked.key or DEFAULT_CLIENT) or trust_of(DEFAULT_CLIENT)
    assert rows is not None
    given = target.ca_file if target.ca_file != env.get("NODE_EXTRA_CA_CERTS") else None
    encrypted = target.url.startswith("https:")
    stores = tuple(
        store.model_copy(update={"used": reads_store(rows, store.name, env)})
        for store in stores_at_hand(env, given, encrypted=encrypted)
    )
    changes: dict[str, object] = {"stores": stores}
    from_shell = target.proxy is not None and not given_proxy
    if from_shell and asked.client and not uses_proxy(rows, env):
        changes["proxy"] = None
    return target.model_copy(update=changes)


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
