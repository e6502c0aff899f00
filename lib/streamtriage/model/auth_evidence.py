"""Who is let in: challenges, metadata, and guards at the door."""

from __future__ import annotations

from typing import Annotated, Literal

from streamtriage.model.crossing import Crossing
from streamtriage.model.evidence import ProbeEvidence
from streamtriage.model.exchange import Exchange
from streamtriage.model.vocabulary import Failure, Noun

__all__ = ["AuthEvidence", "Challenge", "GuardEvidence", "Metadata"]


class Challenge(Noun):
    """The parts of a `WWW-Authenticate` challenge on which a client acts.

    RFC 9110, 11.6.1, with the parameters of RFC 6750, 3, and RFC 9728, 5.1.
    """

    scheme: Annotated[str, Crossing(40)]
    error: str = ""
    scope: str = ""
    resource_metadata: str = ""


class Metadata(Noun):
    """One OAuth metadata document that was asked for.

    `matches` is whether the URL that it says it is about is the one that it was asked
    for: `resource` by the reference client's rule (same origin, and a path that the
    MCP endpoint's begins with), `issuer` but for a slash at the end. `lacks` names the
    fields without which a client cannot go on.
    """

    kind: Literal["resource", "authorization server"]
    place: Literal["challenge", "path", "root", "issuer"]
    asked: Exchange
    found: bool = False
    says: Annotated[str, Crossing(address=True)] = ""
    matches: bool | None = None
    servers: int = 0
    scopes: Annotated[tuple[str, ...], Crossing(80)] = ()
    lacks: tuple[str, ...] = ()

    @property
    def held_back(self) -> bool:
        """True where this tool did not ask; `asked.failure_detail` says why."""
        return self.asked.failure is Failure.NOT_SENT


class AuthEvidence(ProbeEvidence):
    """What a client that is refused for its credential can find out.

    `token_expires_s` counts from now and comes from the token's own `exp`, which nobody
    has verified; negative when it is over. `allowed` are the methods of an `Allow`
    header; empty when none came.
    """

    probe: Literal["auth"] = "auth"
    challenges: tuple[Challenge, ...] = ()
    token: Literal["none", "opaque", "jwt"] = "none"  # noqa: S105 - no secret
    token_expires_s: float | None = None
    metadata: tuple[Metadata, ...] = ()
    options: Exchange | None = None
    allowed: tuple[str, ...] = ()


class GuardEvidence(ProbeEvidence):
    """Requests that differ from a refused one in one header each.

    `plain` is the request as the other ones are, unchanged. `origin_from` says whence
    the Origin is known that the client's requests carry.
    """

    probe: Literal["guard"] = "guard"
    plain: Exchange | None = None
    other_hosts: tuple[Exchange, ...] = ()
    origin_from: Literal["", "given", "client"] = ""
    origin: Exchange | None = None
    without_origin: Exchange | None = None
    preflight: Exchange | None = None
    preflight_lacks: tuple[str, ...] = ()
    exposes_session: bool | None = None
    any_accept: Exchange | None = None
    typed_get: Exchange | None = None
    unversioned: Exchange | None = None
    client_agent: Exchange | None = None
    browser_agent: Exchange | None = None
