"""What a machine says of one server, without the other servers of its person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.redaction import shown_address
from streamtriage.workstation.candidates import same_endpoint

if TYPE_CHECKING:
    from streamtriage.model import LocalEvidence, ServerLog, ShapeProblem

__all__ = ["about"]


def about(local: LocalEvidence, url: str) -> LocalEvidence:
    """Return the evidence without servers and logs that are not those of `url`.

    A report is shown to others, whom a person's other servers do not concern. What
    names no server stays, and without a URL everything does.
    """
    if not url:
        return local
    shown = shown_address(url)
    servers = tuple(s for s in local.servers if same_endpoint(s.url, shown))
    entries = {(s.client, s.name, s.path) for s in servers}
    named = {server.name for server in servers}

    def concerns(log: ServerLog) -> bool:
        # A log that names neither its server nor its URL may be the one.
        nameless = not log.url and (not log.server or len(local.logs) == 1)
        return nameless or same_endpoint(log.url, shown) or log.server in named

    def is_ours(problem: ShapeProblem) -> bool:
        key = (problem.client, problem.server, problem.path)
        return not problem.server or key in entries

    logs = tuple(log for log in local.logs if concerns(log))
    others = {path for log in local.logs for path in log.files}
    others -= {path for log in logs for path in log.files}
    return local.model_copy(
        update={
            "servers": servers,
            "logs": logs,
            "problems": tuple(p for p in local.problems if is_ours(p)),
            "looked": tuple(one for one in local.looked if one.path not in others),
            "notes": (*local.notes, *_left_out(local, len(servers), len(logs))),
        }
    )


def _left_out(local: LocalEvidence, servers: int, logs: int) -> list[str]:
    fewer = len(local.servers) - servers, len(local.logs) - logs
    if not any(fewer):
        return []
    said = f"{fewer[0]} entries and {fewer[1]} logs of other servers were left out"
    return [f"{said}; `streamtriage snapshot` has them."]
