"""The published schema is the code's own, and every report conforms to it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from jsonschema import Draft202012Validator

from streamtriage.redaction import Redactor
from streamtriage.report import report_schema
from streamtriage.report.json_schema import SCHEMA_FILE, schema_text

from .samples import crashed, half_open, healthy, hostile, leaking, unknown

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamtriage.model import Report


def test_published_file_is_current() -> None:
    published = SCHEMA_FILE.read_text(encoding="utf-8")

    assert published == schema_text(), (
        "The model and report.schema.json differ. "
        "Regenerate: python -m streamtriage.report.schema"
    )


def test_schema_names_itself() -> None:
    schema = report_schema()

    Draft202012Validator.check_schema(schema)
    assert schema["$id"] == "streamtriage-report-2.4"
    assert "never means fine" in str(schema["description"])


@pytest.mark.parametrize(
    "sample", [healthy, half_open, unknown, crashed, hostile, leaking]
)
def test_redacted_report_conforms(sample: Callable[[], Report]) -> None:
    # "none" is also a word of the closed vocabularies, which must survive it.
    report = Redactor(["none", "present"]).noun(sample())

    Draft202012Validator(report_schema()).validate(json.loads(report.model_dump_json()))
