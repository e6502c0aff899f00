"""Look at the person's machine: read only, without a network, without a secret."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from streamtriage.model import BugEvidence, LocalEvidence
from streamtriage.redaction import let_in
from streamtriage.workstation.account import account
from streamtriage.workstation.clients import clients
from streamtriage.workstation.config.claude_code_settings import claude_settings
from streamtriage.workstation.config.read import configured
from streamtriage.workstation.environment import keep_secrets, variables
from streamtriage.workstation.filesystem import Surroundings
from streamtriage.workstation.logs.lines import moment
from streamtriage.workstation.logs.summary import READ_SECONDS, logs_of
from streamtriage.workstation.programs import installed
from streamtriage.workstation.select import about
from streamtriage.workstation.system import machine

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from streamtriage.model import Client, ServerLog

__all__ = ["evidence_of", "look", "look_around"]


def look(  # noqa: PLR0913 - the seams of a test, and what the person names
    home: Path | None = None,
    environ: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    *,
    run_versions: bool = True,
    extra_logs: Sequence[Path] = (),
    token_variables: Sequence[str] = (),
) -> LocalEvidence:
    """Return what this machine says of its MCP clients.

    `run_versions` allows `claude --version`, in an empty home and for five seconds at
    most, where no file tells the version. `extra_logs` are files that the person names;
    `token_variables` are variables whose JWT may be asked for its expiry.
    """
    around = Surroundings.real(home, environ, cwd)
    return look_around(
        around,
        run_versions=run_versions,
        extra_logs=extra_logs,
        token_variables=token_variables,
    )


def look_around(
    around: Surroundings,
    *,
    run_versions: bool = True,
    extra_logs: Sequence[Path] = (),
    token_variables: Sequence[str] = (),
    seconds: float = READ_SECONDS,
) -> LocalEvidence:
    """Return what these surroundings say; see `look`."""
    keep_secrets(around, around.environ)
    found = installed(around, ask=run_versions)
    versions = {one.client: one.version for one in found if one.version}
    settings = claude_settings(around)
    keep_secrets(around, {name: value for name, (value, _) in settings.env.items()})
    servers, problems = configured(around, versions)
    logs = logs_of(around, extra_logs, seconds=seconds)
    here = machine(around)
    evidence = LocalEvidence(
        machine=here.model_copy(update={"log_ahead_s": _ahead(logs)}),
        servers=servers,
        problems=problems,
        logs=logs,
        variables=variables(around, settings.env),
        account=account(
            around,
            key_helper=settings.key_helper,
            settings_env=tuple(settings.env),
            tokens=token_variables,
        ),
        looked=tuple(around.looked),
    )
    environ = {name: value for name, (value, _) in settings.env.items()}
    joined = clients(found, logs, evidence, {**environ, **around.environ})
    notes = _notes(joined, evidence)
    evidence = evidence.model_copy(update={"clients": joined, "notes": notes})
    redacted = let_in(evidence, around.secrets).shown
    around.secrets.clear()
    return redacted


def evidence_of(
    url: str = "", environ: Mapping[str, str] | None = None
) -> LocalEvidence | BugEvidence:
    """Look for a report about the server at `url`; a crash of ours is evidence too.

    Other servers of this machine are left out; without a URL none is. What crashed is
    told without its message or traceback, which could quote a file.
    """
    try:
        return about(look(environ=environ), url)
    except Exception as problem:  # noqa: BLE001 - shown as what it is
        return BugEvidence(crashed="local", failure_detail=type(problem).__name__)


def _notes(found: Sequence[Client], evidence: LocalEvidence) -> tuple[str, ...]:
    """Say what was left undone, and why."""
    notes = []
    if any(client.name == "Claude Code" for client in found):
        notes.append(
            "`claude mcp list` and `claude mcp get` were not run: they print URLs and "
            "header values, start servers, and say Connected whatever becomes of the "
            "GET stream (measured with 2.1.330)."
        )
    if "wsl" in evidence.machine.inside:
        notes.append("Files on the Windows side of WSL were not looked at.")
    if evidence.account.connectors_off_because:
        notes.append(
            f"Connectors of claude.ai are off because of "
            f"{evidence.account.connectors_off_because}."
        )
    return tuple(notes)


def _ahead(logs: Sequence[ServerLog]) -> float | None:
    """Return how far a log lies in the future, as after a clock was set back."""
    stamps = [moment(log.last_at) for log in logs if log.last_at.endswith("Z")]
    newest = max((stamp for stamp in stamps if stamp is not None), default=None)
    if newest is None:
        return None
    ahead = newest - datetime.now(UTC).timestamp()
    return round(ahead, 1) if ahead > 60 else None
