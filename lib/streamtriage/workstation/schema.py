"""Write the published JSON Schema: `python -m streamtriage.workstation.schema`."""

from __future__ import annotations

from streamtriage.workstation.snapshot import SNAPSHOT_SCHEMA_FILE, snapshot_schema_text

if __name__ == "__main__":
    SNAPSHOT_SCHEMA_FILE.write_text(snapshot_schema_text(), encoding="utf-8")
