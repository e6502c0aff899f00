"""Write the published JSON Schema: `python -m streamtriage.client.schema`."""

from __future__ import annotations

from streamtriage.client.snapshot import SNAPSHOT_SCHEMA_FILE, snapshot_schema_text

if __name__ == "__main__":
    SNAPSHOT_SCHEMA_FILE.write_text(snapshot_schema_text(), encoding="utf-8")
