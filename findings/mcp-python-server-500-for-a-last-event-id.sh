#!/usr/bin/env bash
# mcp 1.30.0 and 2.3.0 (PyPI) as server without an event store, with uvicorn 0.54.0, Python
# 3.11: a GET that names a last event is answered 500, where one without opens the stream.
#
# Valid input: the session's client asks for its stream again with the id of an event that it
# got from another replica, or from a gateway that gives ids, or before a restart of the
# server took the event store away. Expected: the header is a wish ("the server MAY use this
# header to replay messages", MCP 2025-11-25, Resumability and Redelivery); a server that
# cannot replay opens a stream all the same, as the TypeScript SDK does. Seen: the SDK
# returns without an answer, and uvicorn makes a 500 of it:
#
#   mcp 1.30.0: GET without Last-Event-ID: 200
#   mcp 1.30.0: GET with Last-Event-ID: 500
#   mcp 2.3.0: GET without Last-Event-ID: 200
#   mcp 2.3.0: GET with Last-Event-ID: 500
#
# A client sends the same id with each try, so that none succeeds: it gives its stream up
# with "Failed to open SSE stream: Internal Server Error", while calls go on.
# Exits with 0 if that is still so, with 1 if it changed.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"

cat >"$folder/ask.py" <<'PYTHON'
import http.client
import json
import socket
import sys
import threading
import time

import uvicorn

try:
    from mcp.server.mcpserver import MCPServer as Server
except ImportError:
    from mcp.server.fastmcp import FastMCP as Server

REVISION = "2025-11-25"


def ask(port, method, headers, message=None):
    """Return the answer once its head is there."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    body = json.dumps(message) if message else None
    told = {"accept": "application/json, text/event-stream", **headers}
    if message:
        told["content-type"] = "application/json"
    connection.request(method, "/mcp", body, told)
    answer = connection.getresponse()
    if method == "POST":
        answer.read()
    connection.close()
    return answer


def main(port, name):
    params = {
        "protocolVersion": REVISION,
        "capabilities": {},
        "clientInfo": {"name": "client", "version": "1"},
    }
    start = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params}
    session = ask(port, "POST", {}, start).headers["mcp-session-id"]
    headers = {"mcp-session-id": session, "mcp-protocol-version": REVISION}
    ready = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    ask(port, "POST", headers, ready)
    with_id = ask(port, "GET", {**headers, "last-event-id": "7"})
    without = ask(port, "GET", headers)
    print(f"{name}: GET without Last-Event-ID: {without.status}")
    print(f"{name}: GET with Last-Event-ID: {with_id.status}")


with socket.create_server(("127.0.0.1", 0)) as listening:
    port = listening.getsockname()[1]
    app = Server("server").streamable_http_app()
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical"))
    threading.Thread(target=server.run, args=([listening],), daemon=True).start()
    while not server.started:
        time.sleep(0.05)
    main(port, f"mcp {sys.argv[1]}")
PYTHON

expected=$(for version in 1.30.0 2.3.0; do
  echo "mcp $version: GET without Last-Event-ID: 200"
  echo "mcp $version: GET with Last-Event-ID: 500"
done)
seen=$(for version in 1.30.0 2.3.0; do
  "$folder/venv/bin/pip" install -q "mcp==$version" uvicorn==0.54.0
  timeout 60 "$folder/venv/bin/python" "$folder/ask.py" "$version"
done)
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
  echo "CHANGED: expected" >&2
  printf '%s\n' "$expected" >&2
  exit 1
fi
