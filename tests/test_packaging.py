"""One environment, told in three files that agree; and Binder really uses them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import (
    PackageNotFoundError,
    files,
    metadata,
    requires,
    version,
)
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

if TYPE_CHECKING:
    from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parents[1]
# What an extra means in conda's terms, which has no extras.
EXTRAS = {"httpx[http2]": ("httpx", "h2")}
EXTRA_NAMES = ("notebook", "jupyterlab", "lab", "fleet", "exports", "s3", "test")


def project() -> dict[str, list[Requirement]]:
    data = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = {"": data["project"]["dependencies"]}
    groups |= data["project"]["optional-dependencies"]
    groups["build"] = data["build-system"]["requires"]
    return {name: [Requirement(text) for text in each] for name, each in groups.items()}


def pins() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pairs = [line.split("==") for line in lines if not line.startswith("#")]
    return {name: number for name, number in pairs}  # noqa: C416 - checks the shape


def conda() -> dict[str, SpecifierSet]:
    data = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    flat = [item for item in data["dependencies"] if isinstance(item, str)]
    for item in data["dependencies"]:
        flat += item["pip"] if isinstance(item, dict) else []
    found = [Requirement(text.replace("python=", "python==")) for text in flat]
    return {canonicalize_name(each.name): each.specifier for each in found}


def closure() -> set[str]:
    """Return every distribution that the package and its extras bring, by name."""
    wanted = [("streamtriage", frozenset(EXTRA_NAMES))]
    seen: dict[str, frozenset[str]] = {}
    while wanted:
        name, extras = wanted.pop()
        if extras | {""} <= seen.get(name, frozenset()):
            continue
        seen[name] = seen.get(name, frozenset()) | extras | {""}
        for text in requires(name) or []:
            need = Requirement(text)
            marks = [{"extra": extra} for extra in ("", *extras)]
            if need.marker is None or any(need.marker.evaluate(m) for m in marks):
                wanted.append((canonicalize_name(need.name), frozenset(need.extras)))
    return set(seen) - {"streamtriage"}


def test_constraints_are_sorted_pins_and_nothing_else() -> None:
    """No hash, no address of an index, no option."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    names = [line.partition("==")[0] for line in lines if not line.startswith("#")]

    assert names == sorted(names)
    assert all(name == canonicalize_name(name) for name in names)
    assert not any(sign in "".join(lines) for sign in ("://", "--", "sha256", ";"))


def test_every_installed_dependency_is_pinned_at_its_version() -> None:
    pinned = pins()
    try:
        installed = {name: version(name) for name in closure()}
    except PackageNotFoundError as missing:
        pytest.skip(f"not installed with its extras: {missing}")

    assert {n: v for n, v in installed.items() if pinned.get(n) != v} == {}


def test_pins_are_within_the_ranges_of_the_project() -> None:
    pinned = pins()

    for requirement in [r for group in project().values() for r in group]:
        number = pinned[canonicalize_name(requirement.name)]
        assert number in requirement.specifier, requirement


def test_conda_names_the_same_ranges() -> None:
    """environment.yml has what the package and the notebook need, with those ranges."""
    groups, listed, pinned = project(), conda(), pins()
    python = listed.pop("python")
    listed.pop("pip")
    # Of the tests' packages only this one: who opens the runbooks may compare them.
    compares = [r for r in groups["test"] if r.name == "nbval"]
    names = [name for name in EXTRA_NAMES if name != "test"]
    extras = [each for name in names for each in groups[name]]
    needed = (*groups[""], *extras, *groups["build"], *compares)
    for requirement in needed:
        extra = f"[{','.join(requirement.extras)}]" if requirement.extras else ""
        first, *more = EXTRAS.get(f"{requirement.name}{extra}", (requirement.name,))

        assert listed.pop(canonicalize_name(first)) == requirement.specifier
        for name in more:
            assert pinned[name] in listed.pop(name)
    assert listed == {}
    assert "3.12" in python


def test_binder_reads_the_environment_of_the_root() -> None:
    """A folder called binder makes Binder ignore the root; so it links there."""
    link, script = ROOT / "binder" / "environment.yml", ROOT / "binder" / "postBuild"
    text = script.read_text(encoding="utf-8")

    assert str(link.readlink()) == "../environment.yml"
    assert "-e ." not in link.read_text(encoding="utf-8")
    assert os.access(script, os.X_OK)
    assert "set -euo pipefail" in text
    assert "python -m pip install --no-deps ." in text
    assert "cp binder/jupyter_config.json" in text
    assert "/etc/jupyter" in text


def test_the_page_that_binder_opens_exists() -> None:
    config = json.loads((ROOT / "binder" / "jupyter_config.json").read_text("utf-8"))
    (page,) = {app["default_url"] for app in config.values()}
    readme = (ROOT / "README.md").read_text(encoding="utf-8")

    assert set(config) == {"LabApp", "ServerApp"}
    assert (ROOT / page.removeprefix("/lab/tree/")).is_file()
    assert f"?urlpath={page.removeprefix('/')}" in readme


def test_repo2docker_plans_with_both_files(tmp_path: Path) -> None:
    """The plan that Binder would build installs the environment, then the package."""
    tree = tmp_path / "tree"
    tree.mkdir()
    for name in ("lib", "runbooks", "binder"):
        shutil.copytree(ROOT / name, tree / name, symlinks=True)
    for name in ("pyproject.toml", "environment.yml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tree)
    done = subprocess.run(
        [sys.executable, "-m", "repo2docker", "--no-build", "--debug", str(tree)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    plan = done.stdout + done.stderr

    assert done.returncode == 0, plan
    assert '--file "binder/environment.yml"' in plan
    assert "RUN ./binder/postBuild" in plan
    assert "Building conda environment for python=3.12" in plan


@pytest.mark.parametrize("name", [".ci/run", "binder/postBuild"])
def test_scripts_can_be_run(name: str) -> None:
    path = ROOT / name

    assert os.access(path, os.X_OK)
    text = path.read_text(encoding="utf-8")
    assert text.startswith("#!/usr/bin/env bash\n")
    assert "set -euo pipefail" in text


def test_a_wheel_carries_the_runbooks() -> None:
    """An installation without a checkout finds the runbook where it looks for it."""
    data = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    shared = data["tool"]["hatch"]["build"]["targets"]["wheel"]["shared-data"]

    assert shared == {"runbooks": "share/streamtriage/runbooks"}


def tables() -> list[dict[str, list[str]]]:
    """Return the tables of the section on dependencies: of the core, of the extras."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    part = text.split("## Dependencies")[1].split("## ")[0]
    blocks = [block.strip().split("\n") for block in part.split("\n\n")]
    rows = [
        [line.strip("| ").split(" | ") for line in block[2:]]
        for block in blocks
        if block[0].startswith("|")
    ]
    return [{row[0]: row[1:] for row in table} for table in rows]


def classifiers(name: str) -> list[str]:
    """Return the trove classifiers that name a package's licence."""
    told = metadata(name).get_all("Classifier") or []
    return [each for each in told if each.startswith("License :: ")]


def test_the_table_of_the_core_is_what_is_installed() -> None:
    """Each has its reason, and the licence, size and release that its own files say."""
    table = tables()[0]

    assert sorted(table) == sorted(each.name for each in project()[""])
    for name, told in table.items():
        check_told(name, *told)


def test_the_table_of_the_extras_is_what_is_installed() -> None:
    table = tables()[1]
    extras = [name for name in EXTRA_NAMES if name != "test"]
    wanted = {each.name: extra for extra in extras for each in project()[extra]}

    assert {name: told[0] for name, told in table.items()} == wanted
    for name, (_, *told) in table.items():
        check_told(name, *told)


def check_told(name: str, reason: str, licence: str, size: str, release: str) -> None:
    """Fail where a row does not say what the package's own files say."""
    told = metadata(name)
    held = sum(each.size or 0 for each in files(name) or ()) / 1e6

    assert len(reason.split()) >= 3, name
    classed = [each.rpartition(" :: ")[2] for each in classifiers(name)]
    named = ("License-Expression", "License")
    # Some have the whole text there; then it is the classifier that names it.
    given = [told[each] for each in named if each in told and "\n" not in told[each]]
    said = next(filter(None, (*given, *classed)))
    assert licence == said, name
    assert float(size) / 2 <= held <= float(size) * 2, name
    assert release == told["Version"] == pins()[name], name


def test_the_core_is_what_a_triage_imports() -> None:
    """Each is imported by a part that is no extra's, and no extra's package is."""
    lib = ROOT / "lib" / "streamtriage"
    of_extras = ("lab", "notebook", "fleet")
    paths = [
        p for p in lib.rglob("*.py") if p.relative_to(lib).parts[0] not in of_extras
    ]
    text = "\n".join(path.read_text(encoding="utf-8") for path in paths)

    for each in project()[""]:
        module = each.name.replace("-", "_")
        assert re.search(rf"^\s*(?:import|from) {module}\b", text, re.MULTILINE), module
    for each in project()["lab"]:
        assert not re.search(rf"^\s*(?:import|from) {each.name}\b", text, re.MULTILINE)
