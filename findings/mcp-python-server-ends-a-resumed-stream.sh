#!/usr/bin/env bash
# mcp 1.30.0 and 2.3.0 (PyPI) as server, with uvicorn 0.54.0, Python 3.11: a GET stream that
# is resumed while the server still holds the lost connection is answered 200 and ends.
#
# Valid input: a client of revision 2025-11-25 holds the GET stream of a server with an event
# store, loses the connection without a word (a NAT that forgot it, a laptop that slept), and
# asks again with Last-Event-ID. Expected: the server replays what was missed "and resumes
# the stream from that point" (MCP 2025-11-25, Resumability and Redelivery), or refuses, as
# it refuses a second GET without the header with 409. Seen: 200, what was missed, and the
# end of the stream; what comes next goes to the lost connection, until the server notices
# it. So a client asks again every second, and each time it looks like success:
#
#   mcp 1.30.0: second GET: 409
#   mcp 1.30.0: resumed beside the lost connection: 200, 0 events, ended
#   mcp 1.30.0: next notification: on the lost connection
#   mcp 1.30.0: resumed beside the lost connection: 200, 1 event, ended
#   mcp 1.30.0: resumed after its end: 200, 1 event, held
#
# and the same five lines for mcp 2.3.0. (Events without data are not counted.)
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
from mcp.server.streamable_http import EventMessage, EventStore

try:
    from mcp.server.mcpserver import Context
    from mcp.server.mcpserver import MCPServer as Server
except ImportError:
    from mcp.server.fastmcp import Context
    from mcp.server.fastmcp import FastMCP as Server

REVISION = "2025-11-25"
SILENT_S = 2


class Store(EventStore):
    """Numbers all events and replays those of the same stream."""

    def __init__(self):
        self.events = []

    async def store_event(self, stream_id, message):
        self.events.append((stream_id, message))
        return str(len(self.events))

    async def replay_events_after(self, last_event_id, send_callback):
        after = int(last_event_id)
        stream = self.events[after - 1][0]
        for number, (other, message) in enumerate(self.events[after:], after + 1):
            if other == stream and message is not None:
                await send_callback(EventMessage(message, str(number)))
        return stream


def application():
    """Return an app whose tool sends a notification on the GET stream."""
    old = sys.argv[1].startswith("1.")
    server = Server("server", **({"event_store": Store()} if old else {}))

    @server.tool()
    async def notify(ctx: Context) -> str:
        await ctx.session.send_resource_list_changed()
        return "sent"

    return server.streamable_http_app(**({} if old else {"event_store": Store()}))


class Stream:
    """One GET, read until it is silent or ends."""

    def __init__(self, port, headers):
        lines = ["GET /mcp HTTP/1.1", f"host: 127.0.0.1:{port}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=SILENT_S)
        self.socket.sendall("\r\n".join([*lines, "", ""]).encode())
        head = b""
        while b"\r\n\r\n" not in head:
            head += self.socket.recv(1)
        self.status = head.decode().split()[1]
        self.last_id = None

    def read(self):
        """Return how many events with data came, and whether the stream ended."""
        text = ""
        state = "held"
        try:
            while state == "held":
                piece = self.socket.recv(4096).decode()
                text += piece
                if not piece or text.endswith("0\r\n\r\n"):
                    state = "ended"
        except TimeoutError:
            pass
        for line in text.splitlines():
            if line.startswith("id: "):
                self.last_id = line.removeprefix("id: ")
        return text.count("data: {"), state

    def close(self):
        self.socket.close()


def says(stream):
    events, state = stream.read()
    return f"{stream.status}, {events} event{'s' * (events != 1)}, {state}"


def main(port, name):
    headers = {"accept": "application/json, text/event-stream"}

    def post(method, number=None, **params):
        message = {"jsonrpc": "2.0", "method": method, "params": params}
        if number is not None:
            message["id"] = number
        told = {**headers, "content-type": "application/json"}
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("POST", "/mcp", json.dumps(message), told)
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer

    me = {"name": "client", "version": "1"}
    started = post(
        "initialize", 1, protocolVersion=REVISION, capabilities={}, clientInfo=me
    )
    headers["mcp-session-id"] = started.headers["mcp-session-id"]
    headers["mcp-protocol-version"] = REVISION
    post("notifications/initialized")
    lost = Stream(port, headers)
    post("tools/call", 2, name="notify", arguments={})
    lost.read()

    second = Stream(port, headers)
    print(f"{name}: second GET: {second.status}")
    second.close()
    resume = {**headers, "last-event-id": lost.last_id}
    beside = Stream(port, resume)
    print(f"{name}: resumed beside the lost connection: {says(beside)}")
    beside.close()
    post("tools/call", 3, name="notify", arguments={})
    where = "on the lost connection" if lost.read()[0] else "elsewhere"
    print(f"{name}: next notification: {where}")
    beside = Stream(port, resume)
    print(f"{name}: resumed beside the lost connection: {says(beside)}")
    beside.close()
    lost.close()
    time.sleep(1)
    after = Stream(port, resume)
    print(f"{name}: resumed after its end: {says(after)}")
    after.close()


with socket.create_server(("127.0.0.1", 0)) as listening:
    port = listening.getsockname()[1]
    config = uvicorn.Config(application(), log_level="critical")
    server = uvicorn.Server(config)
    threading.Thread(target=server.run, args=([listening],), daemon=True).start()
    while not server.started:
        time.sleep(0.05)
    main(port, f"mcp {sys.argv[1]}")
PYTHON

expected=$(for version in 1.30.0 2.3.0; do
  echo "mcp $version: second GET: 409"
  echo "mcp $version: resumed beside the lost connection: 200, 0 events, ended"
  echo "mcp $version: next notification: on the lost connection"
  echo "mcp $version: resumed beside the lost connection: 200, 1 event, ended"
  echo "mcp $version: resumed after its end: 200, 1 event, held"
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
