"""Why a credential is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.model import AuthEvidence
from streamtriage.model.message import tell
from streamtriage.phrases import known
from streamtriage.report.document import Row
from streamtriage.report.probes.told import tells

if TYPE_CHECKING:
    from collections.abc import Iterator


__all__ = ["rows"]


@tells(AuthEvidence, "Why is the credential refused?")
def rows(seen: AuthEvidence) -> Iterator[Row]:
    """Say what was found."""
    for challenge in seen.challenges:
        parts = (("error", challenge.error), ("scope", challenge.scope))
        # As the header spells it: a bare word behind Bearer reads like a credential.
        told = ", ".join(f'{name}="{value}"' for name, value in parts if value)
        yield Row("Challenge", f"{challenge.scheme} {told}".rstrip())
    yield Row(
        "Credential given",
        {"none": "none", "jwt": "a JSON Web Token"}.get(
            seen.token, "one that says nothing of its end"
        ),
    )
    left_s = seen.token_expires_s
    if left_s is not None:
        when = "ago" if left_s < 0 else "from now"
        yield Row(
            "Its own expiry, unverified",
            tell("report.access.auth", left_s=abs(left_s) / 60, when=when),
        )
    for each in seen.metadata:
        if each.held_back:
            yield Row(
                tell("report.access.auth.the-s-metadata", kind=each.kind),
                each.asked.failure_detail,
            )
        if each.found:
            matches = known(each.matches)
            yield Row(
                tell("report.access.auth.the-s-metadata-is", kind=each.kind),
                each.says or "nothing",
            )
            yield Row("… which is what was asked for", matches)
            yield Row("… and it lacks", ", ".join(each.lacks))
    yield Row("Methods allowed", ", ".join(seen.allowed))
