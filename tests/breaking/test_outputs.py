"""What machines read, made against a server whose every text means harm."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from junitparser import JUnitXml

from byte_server import MCP_RESULT, ByteServer, Received, Script, json_answer
from streamtriage.model import End, Target
from streamtriage.transport.requester import Wire

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.timeout(150),
    pytest.mark.real(part="breaking"),
]

# What a runner, a terminal, an XML reader and a spreadsheet would each obey.
EVIL = (
    "\r\n::error::owned\n\x1b[2J\u202e]]></failure>\ufffe=cmd()"
    "%0A::set-output name=x::y"
)
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
STREAMS = 500


def hostile(received: Received) -> Script:
    """Answer the handshake soundly, and refuse the stream in words that mean harm."""
    if received.rpc_method == "initialize":
        result = json.loads(json.dumps(MCP_RESULT))
        result["result"]["serverInfo"] = {"name": EVIL, "version": EVIL}
        return (json_answer(result, "mcp-session-id: s"),)
    if received.rpc_method == "notifications/initialized":
        return (b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n",)
    if received.rpc_method:
        error = {"code": -32000, "message": EVIL}
        return (json_answer({"jsonrpc": "2.0", "id": 1, "error": error}),)
    body = json.dumps({"error": EVIL}).encode() + EVIL.encode("utf-8", "replace")
    head = (
        f"HTTP/1.1 409 ::error::owned\r\nserver: ::warning::x\r\n"
        f"content-type: text/plain\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return (head.encode() + body,)


async def test_a_builds_outputs_stay_what_they_are(tmp_path: Path) -> None:
    """JUnit, SARIF, JSON, Markdown, annotations and the summary, of a live server."""
    async with ByteServer(route=hostile) as server:
        done = await asyncio.to_thread(
            subprocess.run,
            [
                *(sys.executable, "-m", "streamtriage", "preflight", server.url),
                *("--hold", "0", "--patience", "2", "--junit", "j.xml"),
                *("--sarif", "s.sarif", "--json", "p.json", "--markdown", "m.md"),
            ],
            capture_output=True,
            timeout=140,
            check=False,
            cwd=tmp_path,
            env={
                **os.environ,
                "HOME": str(tmp_path),
                "GITHUB_ACTIONS": "true",
                "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
            },
        )
    said = done.stdout.decode(), done.stderr.decode()
    files = ("j.xml", "s.sarif", "p.json", "m.md", "summary.md")
    texts = {name: (tmp_path / name).read_text(encoding="utf-8") for name in files}

    assert done.returncode in (1, 3), said
    for name, text in {**texts, "stdout": said[0], "stderr": said[1]}.items():
        assert not CONTROL.search(text), name
    commands = [line for line in "\n".join(said).splitlines() if line.startswith("::")]
    assert commands
    assert all(re.match(r"::(error|warning|notice) title=", line) for line in commands)
    assert len(list(JUnitXml.fromfile(str(tmp_path / "j.xml")))) == 1
    assert json.loads(texts["s.sarif"])["version"] == "2.1.0"
    assert json.loads(texts["p.json"])["result"] in ("fail", "unknown")


async def test_five_hundred_streams_at_once_are_held_and_ended() -> None:
    """Each is its own connection; none is left behind."""
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"
    async with ByteServer((head, b": hi\n\n")) as server:
        wire = Wire(Target(url=server.url))
        streams = [await wire.open("GET") for _ in range(STREAMS)]
        heads = await asyncio.gather(*(each.head(60.0) for each in streams))
        async with asyncio.timeout(60):
            await wire.close()
        await server.wait_ended(STREAMS, 60.0)

    assert all(heads)
    assert {each.exchange().end for each in streams} == {End.CANCELLED}
    assert wire.lacks == ""
