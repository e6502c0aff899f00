"""Why a credential is refused, and what a client can find out about a better one."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from typing import TYPE_CHECKING, Any

from streamtriage.model import AuthEvidence, Challenge, Event
from streamtriage.on_first_use import compile_later
from streamtriage.probes.context import Probe
from streamtriage.probes.metadata import Finder

if TYPE_CHECKING:
    from streamtriage.model import Exchange
    from streamtriage.probes.context import Visit
    from streamtriage.transport.requester import LiveResponse

__all__ = ["PROBE", "challenge_of", "expires_s", "needed", "run"]

_PARAMETER = compile_later(
    r'(error|scope|resource_metadata)\s*=\s*(?:"([^"]*)"|([^\s,]+))'
)
_TOKEN_LIMIT = 16_384


def needed(visit: Visit) -> bool:
    """Run where something was answered 401, or 403 with a challenge."""
    return any(map(_refused, visit.exchanges))


def _refused(seen: Exchange) -> bool:
    # A session that the server never issued may be refused in any way.
    if seen.session in ("made-up", "ended"):
        return False
    challenged = "www-authenticate" in seen.headers
    return seen.status == 401 or (seen.status == 403 and challenged)


async def run(visit: Visit, *, patience_s: float = 5.0) -> AuthEvidence:
    """Read the challenge and the metadata that it leads to; send no credential there.

    At most seven requests: OPTIONS, three by RFC 9728, three by RFC 8414 and OpenID.
    """
    refused = [seen for seen in visit.exchanges if _refused(seen)]
    found = [
        challenge_of(seen.headers["www-authenticate"])
        for seen in refused
        if "www-authenticate" in seen.headers
    ]
    challenges = tuple(dict.fromkeys(found))[:5]
    finder = Finder(visit.wire, patience_s)
    said = map(challenge_of, visit.wire.challenges)
    named = next((c.resource_metadata for c in said if c.resource_metadata), "")
    options, metadata = await asyncio.gather(
        _options(visit, patience_s), finder.find(named)
    )
    kind, left_s = _token(visit)
    events: list[Event] = [*options.events, *finder.events]
    return AuthEvidence(
        challenges=challenges,
        token=kind,  # type: ignore[arg-type]
        token_expires_s=left_s,
        metadata=metadata,
        options=options.exchange(),
        allowed=_methods(options.recorder.header("allow")),
        timeline=tuple(sorted(events, key=lambda event: event.at_s)),
    )


def challenge_of(value: str) -> Challenge:
    """Return the parts of a challenge on which a client acts; others are left out."""
    scheme = value.strip().partition(" ")[0].rstrip(",")
    parts = {
        m[1]: m[2] if m[2] is not None else m[3]
        for m in _PARAMETER.finditer(value[:4096])
    }
    return Challenge(scheme=scheme, **parts)


def expires_s(token: str, now: float) -> float | None:
    """Return the seconds until the `exp` of a JSON Web Token; None if it has none."""
    parts = token.split(".")
    if len(parts) != 3 or len(token) > _TOKEN_LIMIT:
        return None
    try:
        padded = parts[1] + "=" * (-len(parts[1]) % 4)
        claims: Any = json.loads(base64.urlsafe_b64decode(padded))
        expires = float(claims["exp"])
    except (ValueError, TypeError, KeyError, RecursionError, OverflowError):
        return None
    # RFC 7519, 2: seconds since 1970; anything beyond the year 9999 is no date.
    return round(expires - now, 1) if 0 < expires < 253_402_300_800 else None


def _token(visit: Visit) -> tuple[str, float | None]:
    given = {n.lower(): v for n, v in visit.wire.target.headers.items()}
    secret = given.get("authorization")
    if secret is None:
        return "none", None
    token = secret.get_secret_value().partition(" ")[2].strip()
    left_s = expires_s(token, time.time())
    return ("opaque" if left_s is None else "jwt"), left_s


async def _options(visit: Visit, patience_s: float) -> LiveResponse:
    return await visit.wire.ask(
        "OPTIONS, no session", method="OPTIONS", patience_s=patience_s
    )


def _methods(allow: str) -> tuple[str, ...]:
    words = (word.strip().upper() for word in allow[:200].split(","))
    return tuple(word for word in words if word.isalpha())


PROBE = Probe(
    "auth",
    "follow",
    "Finding out why a credential is refused",
    needed,
    run,
)
