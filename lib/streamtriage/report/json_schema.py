"""The JSON Schema of a report, and where its published file lies."""

from __future__ import annotations

import json
from pathlib import Path
from typing import cast

from streamtriage.model import SCHEMA_VERSION, Report

__all__ = ["SCHEMA_FILE", "report_schema", "schema_text"]

SCHEMA_FILE = Path(__file__).with_name("report.schema.json")


def report_schema() -> dict[str, object]:
    """Return the JSON Schema that every written report conforms to."""
    schema: dict[str, object] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"streamtriage-report-{SCHEMA_VERSION}",
    }
    schema |= Report.model_json_schema(mode="serialization")
    definitions = cast("dict[str, dict[str, object]]", schema["$defs"])
    finding = definitions["Finding"]
    finding["required"] = ["cause", "status", "because"]
    finding["description"] = (
        "One cause judged. What is left out is empty, or what the catalogue says of "
        "the cause: `streamtriage causes --json -`. Causes of which nothing was "
        "measured are in `not_judged`, where `*` stands for all that have no finding."
    )
    schema["title"] = "Report of a stream triage"
    schema["description"] = (
        "What streamtriage measured at one MCP server, what it concluded, and what to "
        "do about it. Secrets are hidden before anything is written. A status of "
        "`unknown` means not judged; it never means fine."
    )
    return schema


def schema_text() -> str:
    """Return the text of the published file."""
    return json.dumps(report_schema(), indent=2, ensure_ascii=False) + "\n"
