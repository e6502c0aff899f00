"""SECURITY.md: every promise has a test, and every test that it names exists."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"^\| (?P<promise>.+?) \| `(?P<test>tests/[^`]+)` \|$")


def rows() -> list[tuple[str, str]]:
    lines = (ROOT / "SECURITY.md").read_text(encoding="utf-8").splitlines()
    table = [line for line in lines if line.startswith("| ")][2:]
    found = [ROW.match(line) for line in table]

    assert table
    assert all(found), [line for line, row in zip(table, found, strict=True) if not row]
    return [(row["promise"], row["test"]) for row in found if row]


def test_every_promise_names_a_test_that_exists() -> None:
    missing = []
    for promise, test in rows():
        name, _, function = test.partition("::")
        path = ROOT / name
        if not path.is_file():
            missing.append(f"{promise}: {name}")
            continue
        named = {
            node.name
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        }
        tests = {each for each in named if each.startswith("test_")}
        if (function and function not in tests) or not tests:
            missing.append(f"{promise}: {test}")

    assert missing == []


def test_it_says_what_is_not_promised_and_how_to_report() -> None:
    text = (ROOT / "SECURITY.md").read_text(encoding="utf-8")

    assert "## What is not promised" in text
    assert "## How to report" in text
