"""What the person's own machine says of the server at hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.model.observation import Kind, Phase
from streamtriage.model.roles import Role
from streamtriage.observations.finder import finds, observe_fact
from streamtriage.observations.transport import asks_newer_first, mistaken_entries

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamtriage.model.observation import Observation
    from streamtriage.observations.case import Case

# Mistakes that keep the client from this server; others on the machine are not its.
_KEEPS_OUT = frozenset(
    (
        "type-missing",
        "type-unknown",
        "wrong-key",
        "wrong-file",
        "sse-url-as-http",
        "url-invalid",
        "variable-unset",
        "variable-not-expanded",
        "not-approved",
        "outer-blank",
        "newline-in-value",
        "unreadable",
    )
)


@finds(Kind.LOCAL)
def find_local(case: Case) -> Iterator[Observation]:
    """Yield mistakes in the entry of this server, and what its client's log tells.

    A log tells of the past, so it weighs little; it is what some causes rest on.
    """
    yield from _mistakes(case)
    yield from _log(case)


def _fact(detail: str, label: str = "") -> Observation:
    return observe_fact(
        Kind.LOCAL, Role.REACH, Phase.LOCAL, "local", detail=detail, label=label
    )


def _mistakes(case: Case) -> Iterator[Observation]:
    local = case.local
    if local is None:
        return
    own = {(s.client, s.name, s.path) for s in case.configured}
    for problem in local.problems:
        mine = (problem.client, problem.server, problem.path) in own
        if problem.kind not in _KEEPS_OUT:
            continue
        if mine and case.intake.url:
            yield _fact(problem.kind, problem.path)
        elif mine or not problem.server or not case.intake.url:
            yield _fact("elsewhere", problem.path)
    for each in mistaken_entries(case):
        harmless = "-tried-first" if asks_newer_first(each) else ""
        yield _fact(f"http-url-as-sse{harmless}", each.path)
    if any(each.state == "masked" for each in case.configured):
        yield _fact("masked")


def _log(case: Case) -> Iterator[Observation]:
    log = case.log
    if log is None:
        return
    told = {
        "log-limit": bool(log.clusters),
        "log-flap": log.flap is not None,
        "log-wakes": bool(log.wakes),
        "log-closing": bool(log.closing),
        "log-exhausted": bool(log.exhausted),
        "log-404-loop": bool(log.session_expired_any_404),
        "log-error": bool(log.error),
    }
    for detail, there in told.items():
        if there:
            yield _fact(detail, log.server)
