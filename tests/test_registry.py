"""Causes and faults are found by their place, and what is forgotten is an error."""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import pytest

import streamtriage
from streamtriage.causes import BY_ID, CAUSES, Cause
from streamtriage.lab import FAULTS
from streamtriage.model import Evidence, ProbeId
from streamtriage.probes import PROBES
from streamtriage.registry import collect_by_layer

if TYPE_CHECKING:
    from collections.abc import Iterator

LIB = Path(streamtriage.__file__).parent
DECLARED = """
from streamtriage.causes.cause import cause
from streamtriage.causes.judgement import unknown


@cause(
    owner="server", scope="local runtime", impact="fatal", look_alike="", explains=()
)
def {name}(case):
    \"\"\"A cause of a test.\"\"\"
    return unknown("")
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return an empty package that can be imported by its folder's name."""
    made = tmp_path / f"declared_{tmp_path.name.replace('-', '_')}"
    made.mkdir()
    (made / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    yield made
    for name in [each for each in sys.modules if each.startswith(made.name)]:
        del sys.modules[name]


def write(package: Path, layer: str, name: str, text: str) -> None:
    (package / layer).mkdir(exist_ok=True)
    (package / layer / "__init__.py").touch()
    (package / layer / f"{name}.py").write_text(text, encoding="utf-8")


def test_a_file_is_found_by_its_place(package: Path) -> None:
    write(package, "tls", "one_more", DECLARED.format(name="one_more"))
    write(package, "name", "another", DECLARED.format(name="another"))

    found = collect_by_layer(package.name, Cause)

    assert [(each.id, each.layer) for each in found] == [
        ("another", "name"),
        ("one-more", "tls"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("forgotten = 1", id="another kind"),
        pytest.param(DECLARED.format(name="other_name"), id="another name"),
    ],
)
def test_a_file_that_declares_nothing_of_its_name_is_an_error(
    package: Path, text: str
) -> None:
    write(package, "http", "forgotten", text)

    with pytest.raises(ImportError, match=r"forgotten|other_name"):
        collect_by_layer(package.name, Cause)


def test_one_name_in_two_layers_is_an_error(package: Path) -> None:
    for layer in ("http", "stream"):
        write(package, layer, "twice", DECLARED.format(name="twice"))

    with pytest.raises(ImportError, match=r"http/ and in stream/"):
        collect_by_layer(package.name, Cause)


def test_a_fault_stands_in_the_layer_of_its_cause() -> None:
    for fault in FAULTS:
        assert fault.cause is not None
        own = fault.build.__module__.split(".")
        layer, name = BY_ID[fault.cause].layer, fault.name.replace("-", "_")
        assert own[-2:] == [layer, name]


def bare_ids(path: Path) -> Iterator[str]:
    """Yield each string that is a cause's id, and that nobody marks as one."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    marked = {
        id(argument)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", "") in ("CauseId", "Taken", "say")
        for argument in ast.walk(node)
    }
    known = {str(each.id) for each in CAUSES}
    constants = (each for each in ast.walk(tree) if isinstance(each, ast.Constant))
    for node in constants:
        if node.value in known and id(node) not in marked:
            yield f"{path.relative_to(LIB)}:{node.lineno} {node.value}"


# Details of observations, failures and scenarios that are called as a cause is.
NO_CAUSES = {
    "causes/http/two_framings.py two-framings",
    "causes/observed.py two-framings",
    "observations/malformed.py two-framings",
    "model/vocabulary.py tls-name-mismatch",
    "apps/triage/rehearse_command.py half-open-stream-409",
    "apps/triage/rehearsal.py half-open-stream-409",
    "apps/compare/inputs.py gateway-blocks-get",
    "apps/fleet/rehearsal.py get-204",
    "apps/fleet/rehearsal.py get-not-implemented-404",
    "apps/fleet/rehearsal.py proxy-env-connect-refused",
}


def test_no_cause_is_named_by_a_bare_string() -> None:
    found = {each for path in LIB.rglob("*.py") for each in bare_ids(path)}

    named = {f"{each.split(':')[0]} {each.split()[-1]}" for each in found}
    assert named == NO_CAUSES, sorted(found)


def test_the_names_of_probes_are_those_of_their_evidence() -> None:
    """`local` is read on the person's machine, and `bug` is what a crash leaves."""
    kinds = get_args(get_args(Evidence)[0])
    brought = {kind.model_fields["probe"].default for kind in kinds}

    assert set(get_args(ProbeId)) == brought
    assert {probe.name for probe in PROBES} == brought - {"local", "bug"}
