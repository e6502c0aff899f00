"""One redacted, versioned document of a machine, to be compared with another's."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import model_validator

from streamtriage import __version__
from streamtriage.model import LocalEvidence, Noun, Tool
from streamtriage.model.versions import refuse_newer

__all__ = [
    "SNAPSHOT_SCHEMA_FILE",
    "SNAPSHOT_VERSION",
    "Snapshot",
    "hosts_hidden",
    "snapshot",
    "snapshot_schema",
    "snapshot_schema_text",
]

SNAPSHOT_VERSION = "1.0"
SNAPSHOT_SCHEMA_FILE = Path(__file__).with_name("snapshot.schema.json")


class Snapshot(Noun):
    """What a machine said at one time; `label` tells two of them apart."""

    snapshot_version: str = SNAPSHOT_VERSION
    tool: Tool
    taken_at: datetime
    label: str = ""
    local: LocalEvidence

    @model_validator(mode="before")
    @classmethod
    def _known(cls, content: object) -> object:
        return refuse_newer(content, "snapshot_version", SNAPSHOT_VERSION)


def snapshot(
    local: LocalEvidence, *, label: str = "", hide_hosts: bool = False
) -> Snapshot:
    """Return what was found on a machine as a document; see `look`.

    `hide_hosts` also hides servers' names. A hidden host keeps one label, so that two
    snapshots can still be compared.
    """
    return Snapshot(
        tool=Tool(version=__version__),
        taken_at=datetime.now(UTC),
        label=label,
        local=hosts_hidden(local) if hide_hosts else local,
    )


def hosts_hidden(local: LocalEvidence) -> LocalEvidence:
    """Replace every host of a configured or logged server by a stable label."""
    urls = [server.url for server in local.servers] + [log.url for log in local.logs]
    urls += [v.value for v in local.variables if "://" in v.value]
    hosts = {_host(url) for url in urls}
    names = sorted((host for host in hosts if host), key=len, reverse=True)
    if not names:
        return local
    pattern = re.compile(
        rf"(?<![\w.-])(?:{'|'.join(map(re.escape, names))})(?![\w-])", re.IGNORECASE
    )
    text = pattern.sub(lambda found: _label(found[0]), local.model_dump_json())
    return LocalEvidence.model_validate_json(text)


def _host(url: str) -> str:
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return ""
    # These say where the server is, and nothing about whose it is.
    return "" if host in ("localhost", "127.0.0.1", "::1", "0.0.0.0") else host  # noqa: S104


def _label(host: str) -> str:
    return f"host-{hashlib.sha256(host.lower().encode()).hexdigest()[:8]}"


def snapshot_schema() -> dict[str, object]:
    """Return the JSON Schema that every written snapshot conforms to."""
    schema: dict[str, object] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"streamtriage-snapshot-{SNAPSHOT_VERSION}",
    }
    schema |= Snapshot.model_json_schema(mode="serialization")
    schema["title"] = "Snapshot of a machine with MCP clients"
    schema["description"] = (
        "What streamtriage found on one machine: clients, configured remote servers, "
        "logs, environment. Values of secrets are never part of it."
    )
    return schema


def snapshot_schema_text() -> str:
    """Return the text of the published file."""
    return json.dumps(snapshot_schema(), indent=2, ensure_ascii=False) + "\n"
