"""What the probes of credentials, headers and sessions found, as pairs of words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.model import (
    AuthEvidence,
    Exchange,
    GuardEvidence,
    ReplicasEvidence,
    ResumeEvidence,
    SecondEvidence,
    SessionEvidence,
)
from streamtriage.model.message import tell
from streamtriage.report.document import Row
from streamtriage.report.phrases import answer, duration, known

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["access_facts", "refusal_facts"]


def access_facts(
    seen: AuthEvidence | ReplicasEvidence | ResumeEvidence,
) -> Iterator[Row]:
    """Return what was found out about credentials, replicas and event ids."""
    if isinstance(seen, AuthEvidence):
        yield from _auth(seen)
    elif isinstance(seen, ReplicasEvidence):
        yield Row("Accepted without cookies", _share(seen.without_cookies))
        yield Row("Accepted with the cookies set", _share(seen.with_cookies))
        yield Row("Cookies that initialize set", ", ".join(seen.cookies))
        yield Row("A malformed id", _answer(seen.malformed))
        yield Row("An id that nobody issued", _answer(seen.made_up))
    elif seen.source:
        yield Row(
            "Event id received",
            tell("report.access.access-facts", upper=seen.source.upper()),
        )
        expected = seen.expected
        yield Row("Events after it", "" if expected is None else str(expected))
        replayed = ", ".join(str(each.events) for each in seen.resumed)
        yield Row("Events replayed, each time", replayed)


def _auth(seen: AuthEvidence) -> Iterator[Row]:
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


def refusal_facts(
    seen: GuardEvidence | SecondEvidence | SessionEvidence,
) -> Iterator[Row]:
    """Return what was found out about headers, second streams and idle sessions."""
    if isinstance(seen, GuardEvidence):
        yield Row("A preflight lacks", ", ".join(seen.preflight_lacks))
        if seen.exposes_session is not None:
            yield Row("Session id readable in a browser", known(seen.exposes_session))
    elif isinstance(seen, SecondEvidence):
        yield Row("A GET beside an open stream", _answer(seen.beside))
        if seen.first_went_on is not None:
            yield Row("The first stream went on", known(seen.first_went_on))
        if seen.tries:
            freed = duration(seen.freed_s) if seen.freed_s is not None else "not seen"
            yield Row("Free again after the first vanished", freed)
    else:
        yield Row("Left alone for", duration(seen.idle_s))
        yield Row("Then", _answer(seen.after))
        yield Row("One kept busy meanwhile", _share(seen.busy))


def _answer(seen: Exchange | None) -> str:
    return answer(seen) if seen is not None else ""


def _share(seen: Iterable[Exchange]) -> str:
    accepted = [each.accepted for each in seen]
    return (
        tell("report.access.share", accepted=sum(accepted), n_accepted=len(accepted))
        if accepted
        else ""
    )
