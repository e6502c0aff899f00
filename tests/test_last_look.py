"""No known shape of a secret in anything written, whoever put it there."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import nbformat
import pytest
from detect_secrets.core.secrets_collection import SecretsCollection
from detect_secrets.settings import transient_settings
from nbformat.v4 import new_code_cell, new_notebook

from byte_server import ByteServer, McpBytes, Received, Script
from streamtriage.apps.triage.headless import run_headless
from streamtriage.console import write
from streamtriage.notebook import export
from streamtriage.redaction import last_look
from streamtriage.redaction.last_look import MASK

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def glued(*parts: str) -> str:
    """Put a made-up token together, so that no scanner takes this file for a leak."""
    return "".join(parts)


TOKENS = {
    "GitHub": glued("ghp", "_", "A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8"),
    "AWS": glued("AKIA", "IOSFODNN7EXAMPLQ"),
    "Slack": glued("xoxb", "-123456789012-123456789012-AbCdEfGhIjKlMnOpQrStUvWx"),
    "JWT": glued(
        "eyJhbGciOiJIUzI1NiJ9", ".eyJzdWIiOiJjYW5hcnkifQ", ".c2lnbmF0dXJlMTIz"
    ),
    "Stripe": glued("sk", "_live_", "4eC39HqLyjWDarjtT1zdp7dc"),
    "OpenAI": glued("sk", "-proj-", "A1b2C3d4E5f6G7h8I9j0K1l2M3n4"),
    "npm": glued("npm", "_A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8"),
    "private key": glued(
        "-----BEGIN ", "RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA", "x" * 40, "\n"
    ),
    "userinfo": glued("https://", "somebody:hunter2pass", "@mcp.example.test/mcp"),
    "bearer": glued("Authorization: Bearer ", "0123456789abcdefABCDEF0123"),
}
HARMLESS = (
    "data:image/png;base64,iVBOReyJabcdefghijklmnopAKIAABCDEFGHIJKLMNOP+/sk-no==",
    ".sk-text-repr-fallback { color: red }",
    "Bearer authentication is required by this server",
    "https://<hidden>@mcp.example.test:8443/mcp?key=<hidden>",
    '{"x": "session-0123abcd", "y": "<hidden: 40 characters>"}',
    "https://docs.example.test:443/a@b",
    "export HTTPS_PROXY=http://USER:PASSWORD@PROXY:3128",
)


@pytest.mark.parametrize("name", TOKENS)
def test_a_shape_that_got_as_far_is_masked(name: str) -> None:
    token = TOKENS[name]
    inside = json.dumps({"before": 1, "text": f"said {token} twice", "after": 2})
    secret = token.removeprefix("https://").removeprefix("Authorization: Bearer ")

    assert secret not in last_look(f"<p>{token}</p>")
    assert MASK in last_look(f"<p>{token}</p>")
    assert last_look(f"<p>{token}</p>").endswith("</p>")
    read = json.loads(last_look(inside))
    assert (read["before"], read["after"]) == (1, 2)
    assert MASK in read["text"]
    assert last_look(token.encode()).decode() == last_look(token)


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_no_secret_stays(text: str) -> None:
    assert last_look(text) == text
    assert last_look(text.encode()) == text.encode()


def test_given_secrets_are_masked_in_every_spelling() -> None:
    secret = 'plain "word" & more'
    texts = (secret, json.dumps(secret), "plain &quot;word&quot; &amp; more")

    assert all(MASK in last_look(text, [secret]) for text in texts)
    assert last_look("present", ["present"[:7]]) == "present"
    assert last_look("<hidden>", ["some other secret"]) == "<hidden>"


def test_bytes_that_are_no_text_stay() -> None:
    assert last_look(b"\xff\xfe\x00ok") == b"\xff\xfe\x00ok"


def test_written_files_had_their_last_look(tmp_path: Path) -> None:
    write(str(tmp_path / "a"), TOKENS["GitHub"])

    assert (tmp_path / "a").read_text() == MASK


# --- everything that is written, with a secret in every place -------------------------


def echo(request: Received) -> Script:
    """Answer with the credentials that were sent: as reason, header and body."""
    names = ("authorization", "x-api-key")
    sent = " ".join(request.headers.get(name, "") for name in names)
    body = json.dumps({"error": "no stream", "detail": sent}).encode()
    lines = (
        f"HTTP/1.1 404 Gone {sent}",
        f"x-debug: {sent}",
        f'www-authenticate: Bearer error_description="{sent}"',
        f"location: /mcp?token={sent}",
        "content-type: application/json",
        f"content-length: {len(body)}",
    )
    return ("\r\n".join((*lines, "", "")).encode() + body,)


def findings(folder: Path) -> dict[str, list[str]]:
    """Scan every file of a folder with a scanner that others keep."""
    plugins = (
        *("AWSKeyDetector", "BasicAuthDetector", "GitHubTokenDetector"),
        *("JwtTokenDetector", "NpmDetector", "OpenAIDetector", "PrivateKeyDetector"),
        *("SlackDetector", "StripeDetector"),
    )
    found = SecretsCollection()
    with transient_settings({"plugins_used": [{"name": name} for name in plugins]}):
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                found.scan_file(str(path))
    # A fix names the place of a password so; that is none.
    told = [(n, s.type) for n, s in found if s.secret_value != "PASSWORD"]
    return {name: [kind for n, kind in told if n == name] for name, _ in told}


def secret_home(home: Path, url: str) -> None:
    """Write the configuration and the log of a client, full of tokens."""
    headers = {"Authorization": f"Bearer {TOKENS['JWT']}", "X-Key": TOKENS["AWS"]}
    entry = {
        "type": "http",
        "url": url,
        "headers": headers,
        "env": {"A": TOKENS["Slack"]},
    }
    home.mkdir(exist_ok=True)
    (home / ".claude.json").write_text(
        json.dumps({"mcpServers": {"notes": entry}}, indent=1)
    )
    log = home / ".cache/claude-cli-nodejs/-home-dev/mcp-logs-notes/2026.jsonl"
    log.parent.mkdir(parents=True)
    fail = "Connection error: Failed to reconnect SSE stream: Streamable HTTP error: "
    texts = (
        f"Initializing HTTP transport to {url}",
        f"{fail}Failed to open SSE stream: {TOKENS['GitHub']}",
        f"{fail}Error dialing {TOKENS['userinfo']}",
        f"{fail}unknown key {TOKENS['Stripe']} or {TOKENS['npm']}",
    )
    rows = (
        {"debug": text, "timestamp": f"2026-11-22T10:00:0{n}.000Z"}
        for n, text in enumerate(texts)
    )
    log.write_text("".join(json.dumps(row) + "\n" for row in rows))


def command(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, **secrets_to_send(), "HOME": str(home)}
    environ.pop("XDG_CACHE_HOME", None)
    return subprocess.run(
        [sys.executable, "-m", "streamtriage", *words],
        env=environ,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )


def secrets_to_send() -> Mapping[str, str]:
    return {"MY_TOKEN": TOKENS["GitHub"], "MY_KEY": "canary-4711-hunter2-plain"}


def test_the_scanner_sees_what_the_tests_plant(tmp_path: Path) -> None:
    """A net with holes proves nothing: it finds the tokens in the home itself."""
    secret_home(tmp_path / "home", "https://mcp.example.test/mcp")

    assert sum(map(len, findings(tmp_path / "home").values())) >= 6


@pytest.mark.anyio
async def test_no_output_holds_a_secret(tmp_path: Path) -> None:
    """JSON, HTML, Markdown, text, snapshot: for a server that echoes credentials."""
    out, home = tmp_path / "out", tmp_path / "home"
    out.mkdir()
    answers = McpBytes({"get": echo, "post": echo})
    async with ByteServer(route=answers) as server:
        secret_home(home, server.url)
        words = ["triage", server.url, "--hold", "0", "--auth-env", "MY_TOKEN"]
        words += ["--header", "X-Api-Key=MY_KEY", "--error", TOKENS["JWT"]]
        words += ["--json", str(out / "r.json"), "--html", str(out / "r.html")]
        words += ["--markdown", str(out / "r.md")]
        done = await asyncio.to_thread(command, home, *words)
    seen = command(home, "snapshot", "--json", str(out / "snapshot.json"))
    (out / "stdout.txt").write_text(done.stdout + done.stderr + seen.stdout)

    assert done.returncode in (1, 3), done.stderr
    texts = {path.name: path.read_text() for path in out.iterdir()}
    assert set(texts) == {"r.json", "r.html", "r.md", "snapshot.json", "stdout.txt"}
    assert '"notes"' in texts["r.json"]
    assert findings(out) == {}
    planted = [*TOKENS.values(), secrets_to_send()["MY_KEY"], "hunter2pass"]
    leaked = [(n, t) for n, text in texts.items() for t in planted if t in text]
    assert not leaked
    # Nothing had to be caught here: the redactor before it leaves nothing to the net.
    assert not [name for name, text in texts.items() if MASK in text]


def test_no_notebook_holds_a_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The executed notebook, its HTML and its JSON, with a home full of tokens."""
    for name, value in secrets_to_send().items():
        monkeypatch.setenv(name, value)
    url = "http://127.0.0.1:9/mcp"
    secret_home(tmp_path / "home", url)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    done = run_headless(
        url=url,
        error=f"Failed to open SSE stream: {TOKENS['Slack']}",
        auth_env="MY_TOKEN",
        header_envs={"X-Api-Key": "MY_KEY"},
        hold_s=0,
        out=tmp_path / "out",
    )
    texts = [path.read_text() for path in done.paths.existing()]

    assert len(texts) == 3
    assert done.report is not None
    assert done.report.evidence[0].probe == "local"
    assert findings(tmp_path / "out") == {}
    planted = [*TOKENS.values(), secrets_to_send()["MY_KEY"]]
    assert not [token for text in texts for token in planted if token in text]


def test_a_traceback_in_a_kept_notebook_has_its_last_look(tmp_path: Path) -> None:
    """A crash of ours may quote anything; what is written of it is looked at."""
    broken = tmp_path / "broken.ipynb"
    source = f"raise ValueError('b {TOKENS['GitHub']}')"
    cells = [
        new_code_cell('url = ""', metadata={"tags": ["parameters"]}),
        new_code_cell(source),
    ]
    text = nbformat.writes(export.tidied(new_notebook(cells=cells)))
    broken.write_text(text)
    url = "http://127.0.0.1:9/mcp"
    done = run_headless(notebook=broken, url=url, out=tmp_path / "out", local=False)
    texts = [path.read_text() for path in done.paths.existing()]

    assert done.exit_code == 4
    assert len(texts) == 2
    assert all("ValueError" in text and MASK in text for text in texts)
    assert not [text for text in texts if TOKENS["GitHub"] in text]
