"""Each client with its version and runtime, and what that version is known for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.error_text.parse import parse
from streamtriage.knowledge.client_defects import defects_of
from streamtriage.knowledge.versions import between, version_of
from streamtriage.model import Client, KnownDefect

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from streamtriage.model import LocalEvidence, ServerLog
    from streamtriage.workstation.programs import Installed

__all__ = ["clients", "runtime_of"]

_FLAGS_OFF = (
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC",
    "DISABLE_TELEMETRY",
    "DO_NOT_TRACK",
    "DISABLE_GROWTHBOOK",
    "CLAUDE_CODE_USE_BEDROCK",
    "CLAUDE_CODE_USE_VERTEX",
    "CLAUDE_CODE_USE_FOUNDRY",
)


def runtime_of(client: str, version: str, environ: Mapping[str, str]) -> str:
    """Name SDK generation and engine, as far as version and environment decide."""
    if client == "Codex":
        return "other"
    if client != "Claude Code" or not version:
        return "unknown"
    runtime = parse(f"{version} (Claude Code)").runtime
    if runtime not in ("bun", "node"):
        return runtime
    # Between 2.1.218 and 2.1.322 equal versions run different clients.
    wanted = environ.get("MCP_SDK_GENERATION", "")
    if wanted in ("v1", "v2"):
        return f"{wanted}-{runtime}"
    flags_off = any(environ.get(name, "0") not in ("", "0") for name in _FLAGS_OFF)
    if flags_off and between(version, "2.1.218", "2.1.273"):
        return f"v1-{runtime}"
    return f"v2-{runtime}" if between(version, "2.1.274", "") else runtime


def clients(
    found: Sequence[Installed],
    logs: Sequence[ServerLog],
    evidence: LocalEvidence,
    environ: Mapping[str, str],
) -> tuple[Client, ...]:
    """Join installed programs, logs and configurations to one noun for each client."""
    system = evidence.machine.system
    names = dict.fromkeys(
        [
            *(one.client for one in found),
            *(log.client for log in logs if log.client),
            *(server.client for server in evidence.servers),
        ]
    )
    joined = []
    for name in names:
        own = [one for one in found if one.client == name]
        seen = _seen(log for log in logs if log.client == name)
        version = next((one.version for one in own if one.version), "")
        version = version or (seen[-1] if seen else "")
        runtime = runtime_of(name, version, environ)
        by = [one.found_by for one in own]
        by += ["its logs"] if any(log.client == name for log in logs) else []
        by += [s.path for s in evidence.servers if s.client == name][:1]
        known = defects_of(name, version, runtime=runtime, system=system)
        joined.append(
            Client(
                name=name,
                version=version,
                runtime=runtime,
                sdk=next((one.sdk for one in own if one.sdk), ""),
                found_by=tuple(dict.fromkeys(by)),
                versions_in_logs=seen,
                known=tuple(
                    KnownDefect(
                        versions=row.versions,
                        what=row.what,
                        sign=row.sign,
                        fixed_in=row.fixed_in,
                        matters=row.matters,
                        advice=row.advice,
                        source=row.source,
                        grade=row.grade,
                    )
                    for row in known
                ),
            )
        )
    return tuple(joined)


def _seen(logs: Iterable[ServerLog]) -> tuple[str, ...]:
    versions = {each.version for log in logs for each in log.versions}
    return tuple(sorted(versions, key=version_of))
