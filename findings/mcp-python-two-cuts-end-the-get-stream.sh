#!/usr/bin/env bash
# mcp 1.30.0 and 2.3.0 (PyPI), Python 3.11: the second cut of the GET stream in a session is
# the last; it is not opened again, however well it worked in between, and nobody is told.
#
# Valid input: a server of revision 2025-11-25 whose GET stream delivers a notification and
# is then cut without the end of its chunked body, as by a proxy whose read timeout ran out.
# Each GET is answered 200. Expected: a stream that was opened again starts anew, so that a
# cut an hour later is tried again too (MCP 2025-11-25, Resumability and Redelivery: a client
# that lost its stream asks for it again; HTML Standard, 9.2.3: a network error reestablishes
# the connection), as with the TypeScript SDK, and as here where the stream ends cleanly.
# Seen: the tries are counted over the whole session and only a clean end forgets them.
# What the server sends after the second cut is never received; the log has a line of
# level debug.
#
#   mcp 1.30.0: cut each time: 2 GETs, 2 notifications
#   mcp 1.30.0: ended each time: 4 GETs, 4 notifications
#   mcp 2.3.0: cut each time: 2 GETs, 2 notifications
#   mcp 2.3.0: ended each time: 4 GETs, 4 notifications
#
# Exits with 0 if that is still so, with 1 if it changed.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"

cat >"$folder/client.py" <<'PYTHON'
import asyncio
import http.server
import json
import sys
import threading

from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client

STREAMS = 4
NOTE = {
    "jsonrpc": "2.0",
    "method": "notifications/message",
    "params": {"level": "info", "data": "note"},
}


class Server(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    cut = False
    gets = 0

    def log_message(self, *_):
        pass

    def do_DELETE(self):
        self.answer(200)

    def do_GET(self):
        Server.gets += 1
        if Server.gets > STREAMS:
            return self.answer(405)
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        event = f"data: {json.dumps(NOTE)}\n\n".encode()
        self.wfile.write(b"%x\r\n%s\r\n" % (len(event), event))
        if not Server.cut:
            self.wfile.write(b"0\r\n\r\n")
        self.close_connection = True

    def do_POST(self):
        length = int(self.headers["content-length"])
        message = json.loads(self.rfile.read(length))
        if "id" not in message:
            return self.answer(202)
        result = {
            "protocolVersion": "2025-11-25",
            "capabilities": {"logging": {}},
            "serverInfo": {"name": "server", "version": "1"},
        }
        told = {"jsonrpc": "2.0", "id": message["id"], "result": result}
        self.answer(200, json.dumps(told).encode())

    def answer(self, status, body=b""):
        self.send_response(status)
        if body:
            self.send_header("content-type", "application/json")
            self.send_header("mcp-session-id", "one")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


async def main(url):
    for cut, what in ((True, "cut"), (False, "ended")):
        Server.cut, Server.gets = cut, 0
        notes = []

        async def note(params, notes=notes):
            notes.append(params.data)

        async with (
            streamable_http_client(url) as streams,
            ClientSession(*streams[:2], logging_callback=note) as session,
        ):
            await session.initialize()
            # A stream is asked for again after 1 s: silence of 3 s means never.
            seen, silent = -1, 0
            while silent < 3 and len(notes) < STREAMS:
                silent = silent + 0.1 if Server.gets == seen else 0
                seen = Server.gets
                await asyncio.sleep(0.1)
        gets, received = Server.gets, len(notes)
        print(f"mcp {sys.argv[1]}: {what} each time: {gets} GETs, {received} notifications")


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()
asyncio.run(main(f"http://127.0.0.1:{server.server_port}/mcp"))
PYTHON

expected="mcp 1.30.0: cut each time: 2 GETs, 2 notifications
mcp 1.30.0: ended each time: 4 GETs, 4 notifications
mcp 2.3.0: cut each time: 2 GETs, 2 notifications
mcp 2.3.0: ended each time: 4 GETs, 4 notifications"
seen=$(for version in 1.30.0 2.3.0; do
  "$folder/venv/bin/pip" install -q "mcp==$version"
  NO_PROXY=127.0.0.1 timeout 60 "$folder/venv/bin/python" "$folder/client.py" "$version"
done)
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
  echo "CHANGED: expected" >&2
  printf '%s\n' "$expected" >&2
  exit 1
fi
