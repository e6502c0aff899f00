"""Write the published JSON Schema: `python -m streamtriage.report.schema`."""

from __future__ import annotations

from streamtriage.report.json_schema import SCHEMA_FILE, report_schema, schema_text

__all__ = ["SCHEMA_FILE", "report_schema", "schema_text"]

if __name__ == "__main__":
    SCHEMA_FILE.write_text(schema_text(), encoding="utf-8")
