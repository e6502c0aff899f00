"""A ticket of any form gives its report back, or says in words why it cannot."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from streamtriage.__main__ import app
from streamtriage.model import Event, Report
from streamtriage.ticket import NotATicketError, extract
from streamtriage.ticket.archive import archived
from streamtriage.ticket.envelope import BEGIN, END, armoured
from streamtriage.ticket.extraction import from_bytes
from streamtriage.ticket.files_in import FILE_LIMIT

from .executed import NAMES, executed, report

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def page(kept: Report) -> str:
    return f"<html><body><pre>{armoured(kept)}</pre></body></html>"


def notebook(**changes: Any) -> bytes:
    return json.dumps(executed() | changes).encode()


def packed(**files: bytes) -> bytes:
    return archived({name.replace("_", "."): data for name, data in files.items()})


FORMS: dict[str, Callable[[Report], bytes]] = {
    "notebook": lambda kept: json.dumps(executed(kept)).encode(),
    "page": lambda kept: page(kept).encode(),
    "page in UTF-16": lambda kept: page(kept).encode("utf-16"),
    "text of the page": lambda kept: f"Dear all,\n\n{armoured(kept)}\nBye".encode(),
    "page with CRLF": lambda kept: page(kept).replace("\n", "\r\n").encode(),
    "page whose mailer made links": lambda kept: (
        page(kept).replace("127.0.0.1", '<a href="x">127.0.0.1</a>').encode()
    ),
    "page with other blanks": lambda kept: (
        page(kept).replace("\n", "<br>\n&nbsp;").replace('"', "&quot;").encode()
    ),
    "report": lambda kept: kept.model_dump_json(indent=2).encode(),
    "report with a mark": lambda kept: (
        b"\xef\xbb\xbf" + kept.model_dump_json().encode()
    ),
    "zip": lambda kept: packed(report_json=kept.model_dump_json().encode()),
    "zip of a CI system": lambda kept: packed(
        log_txt=b"x", a_ipynb=json.dumps(executed(kept)).encode()
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_same_report(form: str) -> None:
    found = from_bytes(FORMS[form](report()))

    assert found.report == report()
    assert found.remarks == ()


@pytest.mark.parametrize("name", NAMES)
def test_every_report_comes_through_unchanged(name: str) -> None:
    assert from_bytes(page(report(name)).encode()).report == report(name)


def test_a_changed_report_is_read_and_told() -> None:
    changed = page(report()).replace("half-open", "hale-open").encode()
    found = from_bytes(changed)

    assert "checksum" in found.remarks[0]


def test_a_server_cannot_smuggle_a_report_in() -> None:
    """What looks like a block in the server's words neither ends nor replaces ours."""
    forged = armoured(report("nginx-buffering"))
    first, *rest = report().evidence
    told = first.model_copy(
        update={"timeline": (Event(at_s=0.0, kind="bytes", detail=forged),)}
    )
    ours = report().model_copy(update={"evidence": (told, *rest)})
    text = page(ours)

    assert text.count(BEGIN) == text.count(END) == 1
    assert from_bytes(text.encode()).report.verdict == report().verdict


def test_the_newest_of_several_reports_is_taken() -> None:
    old, new = executed(report("nginx-buffering")), executed()
    both = new | {"cells": [*new["cells"], *old["cells"]]}
    newest = max((report(), report("nginx-buffering")), key=lambda r: r.taken_at)

    assert from_bytes(json.dumps(both).encode()).report == newest


def bomb() -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as into:
        into.writestr("report.json", bytes(FILE_LIMIT + 1))
    return kept.getvalue()


def newer() -> bytes:
    content = json.loads(report().model_dump_json())
    content |= {"schema_version": "9.1", "moons": 2}
    content["tool"]["version"] = "4.2.0"
    return json.dumps(content).encode()


REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty": (lambda: b" \n", "empty"),
    "prose": (lambda: b"Dear all, see below.", "it holds no report"),
    "a page of somebody else": (lambda: b"<html>hello</html>", "it holds no report"),
    "a truncated page": (
        lambda: page(report()).encode()[:5000],
        "begins but does not end",
    ),
    "a mangled page": (
        lambda: page(report()).replace('"verdict":{', '"verdict":').encode(),
        "changed on the way",
    ),
    "a page without its checksum": (
        lambda: page(report()).replace("sha256:", "").encode(),
        "checksum is missing",
    ),
    "a truncated notebook": (lambda: notebook()[:9000], "ends in the middle"),
    "broken JSON": (lambda: b'{"cells": [}, "a": 1}', "line 1 is broken"),
    "JSON without a bottom": (
        lambda: b'{"a":' * 200_000,
        "nested too deep|broken|ends",
    ),
    "other JSON": (lambda: b'{"a": 1}', "neither a notebook nor a report"),
    "an old notebook": (
        lambda: b'{"worksheets": [], "nbformat": 3}',
        "version 3 of the format",
    ),
    "somebody else's notebook": (
        lambda: b'{"cells": [{"cell_type": "code", "source": "1 + 1"}]}',
        "none of this tool's",
    ),
    "cells that are no cells": (lambda: b'{"cells": [1, null, []]}', "none of this"),
    "a notebook that was not executed": (
        lambda: b'{"cells": [{"source": ["from streamtriage import x"]}]}',
        "was not executed",
    ),
    "a newer report": (newer, r"9\.1 \(streamtriage 4\.2\.0\).* Install the newer"),
    "a report without a verdict": (
        lambda: b'{"schema_version": "1.0", "evidence": []}',
        "at tool: Field required",
    ),
    "a bomb": (bomb, "more than 64 MB"),
    "a truncated zip": (lambda: packed(report_json=b"{}")[:40], "truncated or damaged"),
    "a zip without a ticket": (lambda: packed(a_txt=b"x"), "without a report"),
    "a zip in a zip": (
        lambda: packed(report_json=packed(report_json=b"{}")),
        "zip in a zip",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_ticket_is_refused_in_words(case: str) -> None:
    make, says = REFUSED[case]

    with pytest.raises(NotATicketError, match=says):
        from_bytes(make())


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.ipynb"
    with path.open("wb") as file:
        file.truncate(FILE_LIMIT * 40)

    with pytest.raises(NotATicketError, match="larger than 64 MB"):
        extract(str(path))


def test_the_command_line_judges_an_extracted_report_again(tmp_path: Path) -> None:
    """The pipe from the README, in two steps."""
    ticket = tmp_path / "ticket.html"
    ticket.write_text(page(report()), encoding="utf-8")
    given = CliRunner().invoke(app, ["extract", str(ticket)])
    judged = CliRunner().invoke(app, ["judge", "-"], input=given.output)

    assert given.exit_code == 0
    assert judged.exit_code == 1, judged.output
    assert "CAUSE FOUND" in judged.output
    assert "half-open-stream-409" in judged.output


def test_the_command_line_refuses_with_code_2(tmp_path: Path) -> None:
    (tmp_path / "x.html").write_text("<p>hello")
    for name in ("x.html", "missing.zip"):
        done = CliRunner().invoke(app, ["extract", str(tmp_path / name)])

        assert done.exit_code == 2
        assert name in done.output.replace("\n", "")


def test_an_archive_is_the_same_bytes_for_the_same_files() -> None:
    files = {"b": b"2", "a": b"1"}

    assert archived(files) == archived(dict(reversed(files.items())))
