"""An executed runbook in an object store: moto's server, boto3, and no secret."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING
from urllib.request import Request, urlopen

import pytest

from real_parts.running import free_port, started
from streamtriage.apps.triage.object_store import StoreError, check_store, is_store
from streamtriage.lab import serve
from streamtriage.model import Report
from streamtriage.notebook.paths import runbook_path

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.real(part="commands")

CANARY = "canary-4711-hunter2"
FAULT = "get-not-implemented-404"


@pytest.fixture(scope="module")
def store() -> Iterator[dict[str, str]]:
    """Serve S3 on loopback with a bucket in it; yields the environment to use it."""
    pytest.importorskip("boto3", reason="no boto3: NO OBJECT STORE WAS TESTED")
    pytest.importorskip("moto.server", reason="no moto: NO OBJECT STORE WAS TESTED")

    def make(_folder: Path, port: int) -> list[str]:
        return [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]

    with started(make) as port:
        address = f"http://127.0.0.1:{port}"
        with urlopen(Request(f"{address}/tickets", method="PUT")) as made:
            assert made.status == 200
        yield environment(address)


def environment(address: str) -> dict[str, str]:
    kept = {n: v for n, v in os.environ.items() if not n.lower().endswith("_proxy")}
    return kept | {
        "AWS_ENDPOINT_URL": address,
        "AWS_ACCESS_KEY_ID": f"{CANARY}-id",
        "AWS_SECRET_ACCESS_KEY": f"{CANARY}-key",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_MAX_ATTEMPTS": "1",
        "MY_TOKEN": f"{CANARY}-token",
        "THE_URL": "",
    }


def stored(store: dict[str, str], key: str) -> str:
    """Read it back as its owner does: nobody else may."""
    code = (
        "import boto3, sys\n"
        "body = boto3.client('s3').get_object(Bucket='tickets', Key=sys.argv[1])\n"
        "sys.stdout.buffer.write(body['Body'].read())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, key], env=store, capture_output=True, check=True
    )
    return done.stdout.decode()


def run(
    folder: Path, environ: dict[str, str], *words: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        env=environ,
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )


def test_papermill_writes_the_runbook_into_a_bucket(
    tmp_path: Path, store: dict[str, str]
) -> None:
    """Nothing of it is on disk, and no credential is in what was stored or said."""
    with serve(FAULT) as lab:
        secret = store | {"THE_URL": f"{lab.url}?api_key={CANARY}-query"}
        given = ("-p", "url", "env:THE_URL", "-p", "auth_env", "MY_TOKEN")
        words = (str(runbook_path()), "s3://tickets/2026/one.ipynb", *given)
        short = ("-p", "hold_s", "0", "--no-progress-bar")
        done = run(tmp_path, secret, "-m", "papermill", *words, *short)
    text = stored(store, "2026/one.ipynb")

    assert done.returncode == 0, done.stderr
    assert FAULT in text
    assert json.loads(text)["nbformat"] == 4
    assert "canary" not in text + done.stdout + done.stderr
    assert not list(tmp_path.rglob("*.ipynb"))


def test_the_command_copies_what_it_keeps(
    tmp_path: Path, store: dict[str, str]
) -> None:
    """Notebook, page and report, under the names that they have here."""
    with serve(FAULT) as lab:
        given = ("--url", f"{lab.url}?api_key={CANARY}-query", "--auth-env", "MY_TOKEN")
        words = (*given, "--hold", "0", "--no-local", "--out", "s3://tickets/all/")
        done = run(tmp_path, store, "-m", "streamtriage", "runbook", *words)
    assert done.returncode == 1, done.stderr
    assert "Copied to" in done.stdout, done.stderr
    kept = sorted((tmp_path / "out").iterdir())
    texts = {path.suffix: stored(store, f"all/{path.name}") for path in kept}

    assert set(texts) == {".html", ".ipynb", ".json"}
    assert all(f"s3://tickets/all/{path.name}" in done.stdout for path in kept)
    assert [path.read_text("utf-8") for path in kept] == [
        texts[path.suffix] for path in kept
    ]
    assert Report.model_validate_json(texts[".json"]).verdict.causes == (FAULT,)
    assert "canary" not in "".join(texts.values()) + done.stdout + done.stderr


def test_a_store_that_is_not_there_costs_nothing_that_was_seen(
    tmp_path: Path, store: dict[str, str]
) -> None:
    """The files stay here, and the message says how to get out of it."""
    nobody = store | {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{free_port()}"}
    code = (
        "import sys; from pathlib import Path\n"
        "from streamtriage.apps.triage.object_store import StoreError, copy_to\n"
        "try: copy_to('s3://tickets/x', [Path('a.txt')])\n"
        "except StoreError as said: sys.exit(str(said))"
    )
    (tmp_path / "a.txt").write_text("x")
    for environ, bucket, says in (
        (nobody, "tickets", "Connect"),
        (store, "no-such-bucket", "NoSuchBucket"),
    ):
        done = run(tmp_path, environ, "-c", code.replace("tickets", bucket))

        assert done.returncode == 1
        assert says in done.stderr
        assert "AWS_ENDPOINT_URL" in done.stderr
        assert "canary" not in done.stderr
    assert (tmp_path / "a.txt").exists()


@pytest.mark.parametrize(
    "address",
    [
        pytest.param("s3://", id="no bucket"),
        pytest.param("s3://KEY:secret@bucket/x", id="credentials in it"),
        pytest.param("s3://bucket/x?versionId=1", id="query"),
    ],
)
def test_an_address_that_cannot_be_one(address: str) -> None:
    assert is_store(address)
    with pytest.raises(StoreError, match="s3://BUCKET/PREFIX"):
        check_store(address)


def test_a_folder_is_no_store() -> None:
    assert not is_store("out")
