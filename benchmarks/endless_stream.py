# ruff: noqa: D103, INP001, T201 - a script that prints, run by hand
"""How much memory a triage needs while every stream offers a gigabyte at once.

The server runs in this process, the triage in one of its own, whose peak is compared
with the peak of a triage of the same server that pours nothing.

Run: python benchmarks/endless_stream.py [--megabytes 1024]
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

MEGABYTE = 1024 * 1024
HOLD_S = 5
EVENT = b'data: {"jsonrpc":"2.0","method":"notifications/message"}\n\n'
PIECE = EVENT * (MEGABYTE // len(EVENT))
TRIAGE = """
import asyncio, json, resource, sys
from streamtriage.model import Intake
from streamtriage.triage import triage
url, hold_s = sys.argv[1], float(sys.argv[2])
report = asyncio.run(triage(Intake(url=url, hold_s=hold_s), environ={})).shown
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps([report.took_s, peak, report.verdict.outcome]))
"""


class Pouring(BaseHTTPRequestHandler):
    """A server without sessions, whose GET streams have no pause."""

    protocol_version = "HTTP/1.1"
    poured: ClassVar[list[int]] = []
    limit_mb: ClassVar[int] = 0

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        sent = 0
        try:
            while sent < self.limit_mb:
                self.wfile.write(PIECE)
                sent += 1
        except OSError:
            pass
        self.close_connection = True
        self.poured.append(sent)

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        result: dict[str, Any] = {
            "protocolVersion": "2025-06-18",
            "capabilities": {"tools": {}},
            "serverInfo": {"name": "pouring", "version": "0"},
        }
        is_request = "id" in asked
        known = asked["method"] in ("initialize", "tools/list")
        answer: dict[str, Any] = {"jsonrpc": "2.0", "id": asked.get("id")}
        if known:
            answer["result"] = (
                result if asked["method"] == "initialize" else {"tools": []}
            )
        else:
            answer["error"] = {"code": -32601, "message": "Method not found"}
        body = json.dumps(answer).encode() if is_request else b""
        self.send_response(202 if not is_request else 200 if known else 400)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_DELETE(self) -> None:
        self.send_response(405)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def measured(limit_mb: int) -> tuple[float, float, str]:
    """Return the seconds, the peak in MB and the outcome of one triage."""
    Pouring.limit_mb = limit_mb
    Pouring.poured.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Pouring)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_address[1]}/mcp"
    try:
        done = subprocess.run(  # noqa: S603 - this interpreter and a text of ours
            [sys.executable, "-c", TRIAGE, url, str(HOLD_S)],
            capture_output=True,
            text=True,
            check=True,
            timeout=300,
        )
    finally:
        server.shutdown()
    took_s, peak_mb, outcome = json.loads(done.stdout)
    return took_s, peak_mb, outcome


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--megabytes", type=int, default=1024)
    offered = options.parse_args().megabytes
    _, quiet_mb, _ = measured(0)
    took_s, peak_mb, outcome = measured(offered)
    poured, most = sum(Pouring.poured), max(Pouring.poured, default=0)
    print(
        f"{len(Pouring.poured)} streams of {offered} MB offered; {poured} MB were "
        f"taken in {took_s:.1f} s, at most {most} MB of one stream: {outcome}"
    )
    print(
        f"peak {peak_mb:.0f} MB, {peak_mb / quiet_mb:.2f} times the {quiet_mb:.0f} MB "
        f"of a triage without; {peak_mb / max(poured, 1):.2f} of what came"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
