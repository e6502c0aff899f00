#!/usr/bin/env bash
# mcp 1.30.0 (PyPI), httpx 0.28.1, Python 3.11: one POST that is answered 503 ends the
# whole client session, although the server goes on to answer.
#
# Valid input: a server of revision 2025-11-25 whose second `ping` meets a 503, as from a
# gateway while a pod is replaced. Expected: that one call fails, the next is answered, as
# with mcp 2.x and the TypeScript SDK. Seen: the task group around the session is
# cancelled, the third `ping` is never sent, and `streamablehttp_client` raises an
# ExceptionGroup with the HTTPStatusError when it is left:
#
#   first ping: answered
#   second ping: CancelledError
#   left with: ExceptionGroup HTTPStatusError
#   pings at the server: 2
#
# Exits with 0 if that is still so, with 1 if it changed.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q mcp==1.30.0 httpx==0.28.1

cat >"$folder/client.py" <<'PYTHON'
import asyncio
import http.server
import json
import threading

from mcp import ClientSession
from mcp.client.streamable_http import streamablehttp_client

pings = 0


class Server(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.answer(405)

    def do_DELETE(self):
        self.answer(200)

    def do_POST(self):
        global pings
        length = int(self.headers["content-length"])
        message = json.loads(self.rfile.read(length))
        if message["method"] == "ping":
            pings += 1
            if pings == 2:
                return self.answer(503)
        if "id" not in message:
            return self.answer(202)
        result = {}
        if message["method"] == "initialize":
            result = {
                "protocolVersion": message["params"]["protocolVersion"],
                "capabilities": {},
                "serverInfo": {"name": "server", "version": "1"},
            }
        told = {"jsonrpc": "2.0", "id": message["id"], "result": result}
        return self.answer(200, json.dumps(told).encode())

    def answer(self, status, body=b""):
        self.send_response(status)
        if body:
            self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


async def ping(session, which):
    try:
        async with asyncio.timeout(10):
            await session.send_ping()
        print(f"{which} ping: answered")
    except BaseException as error:
        print(f"{which} ping: {type(error).__name__}")
        if isinstance(error, asyncio.CancelledError):
            raise


async def main(url):
    async with (
        streamablehttp_client(url) as (read, write, _),
        ClientSession(read, write) as session,
    ):
        await session.initialize()
        for which in ("first", "second", "third"):
            await ping(session, which)


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()
try:
    asyncio.run(main(f"http://127.0.0.1:{server.server_address[1]}/mcp"))
except BaseExceptionGroup as group:
    inner = group
    while isinstance(inner, BaseExceptionGroup):
        inner = inner.exceptions[0]
    print(f"left with: {type(group).__name__} {type(inner).__name__}")
print(f"pings at the server: {pings}")
PYTHON

expected="first ping: answered
second ping: CancelledError
left with: ExceptionGroup HTTPStatusError
pings at the server: 2"
seen=$("$folder/venv/bin/python" "$folder/client.py")
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
  echo "CHANGED: expected" >&2
  printf '%s\n' "$expected" >&2
  exit 1
fi
