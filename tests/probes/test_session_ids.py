"""A session id of ours is a secret, wherever a server's text repeats it."""

from __future__ import annotations

import asyncio
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from streamtriage.model import Intake
from streamtriage.triage import triage

SESSION = "blue-lake-seven"
RESULT = {
    "protocolVersion": "2025-11-25",
    "capabilities": {},
    "serverInfo": {"name": "echo", "version": "1"},
}


class Echo(BaseHTTPRequestHandler):
    """Refuses every GET with a sentence that repeats the session id."""

    def do_GET(self) -> None:
        self.say(
            404, f"no stream for {self.headers.get('mcp-session-id')}", "text/plain"
        )

    def do_DELETE(self) -> None:
        self.say(405, "", "text/plain")

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if "id" not in asked:
            self.say(202, "", "text/plain")
            return
        answer = {"jsonrpc": "2.0", "id": asked["id"], "result": RESULT}
        self.say(200, json.dumps(answer), "application/json")

    def say(self, status: int, body: str, kind: str) -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.send_header("mcp-session-id", SESSION)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        """Keep the test's output quiet."""


def test_an_echoed_session_id_is_hidden() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_address[1]}/mcp"

    report = asyncio.run(triage(Intake(url=url, hold_s=0), environ={})).shown
    server.shutdown()
    server.server_close()

    # It has one id for all.
    assert report.verdict.causes == ("one-session-for-all", "get-not-implemented-404")
    assert "no stream for" in report.model_dump_json()
    assert SESSION not in report.model_dump_json()
