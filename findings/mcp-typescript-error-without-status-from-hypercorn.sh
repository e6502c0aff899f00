#!/usr/bin/env bash
# @modelcontextprotocol/sdk 1.32.2 and @modelcontextprotocol/client 2.4.0 (npm), Node.js 20,
# with a server under hypercorn 0.18.0 (PyPI), Python 3.11: the message about a refused event
# stream ends after its colon, with no status in any form.
#
# Valid input: a server of revision 2025-11-25 whose GET is answered 502. hypercorn sends no
# reason phrase, which is allowed (RFC 9112, section 4: "a client SHOULD ignore the
# reason-phrase content because it is not a reliable channel for information"; over HTTP/2
# there is none at all). Expected: the message says which status it was. Seen: only the
# reason phrase is put behind the colon. Under uvicorn 0.54.0 the same application can be
# told; under hypercorn 404 and 502 read the same in a log of messages:
#
#   sdk 1.32.2, uvicorn: "Streamable HTTP error: Failed to open SSE stream: Bad Gateway"
#   sdk 1.32.2, hypercorn: "Streamable HTTP error: Failed to open SSE stream: "
#   client 2.4.0, uvicorn: "Failed to open SSE stream: Bad Gateway"
#   client 2.4.0, hypercorn: "Failed to open SSE stream: "
#
# Exits with 0 if that is still so, with 1 if it changed.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install -q hypercorn==0.18.0 uvicorn==0.54.0
echo '{"private": true, "type": "module"}' >package.json
npm install --silent --no-audit --no-fund @modelcontextprotocol/sdk@1.32.2 \
  @modelcontextprotocol/client@2.4.0

cat >ask.js <<'JAVASCRIPT'
import * as v2 from '@modelcontextprotocol/client';
import {Client} from '@modelcontextprotocol/sdk/client/index.js';
import {StreamableHTTPClientTransport} from '@modelcontextprotocol/sdk/client/streamableHttp.js';

const clients = {
  'sdk 1.32.2': {Client, StreamableHTTPClientTransport},
  'client 2.4.0': v2,
};
const servers = JSON.parse(process.argv[2]);

async function messageOf({Client, StreamableHTTPClientTransport}, port) {
  const client = new Client({name: 'client', version: '1'});
  const refused = new Promise((resolve) => (client.onerror = resolve));
  const url = new URL(`http://127.0.0.1:${port}/mcp`);
  await client.connect(new StreamableHTTPClientTransport(url));
  return (await refused).message;
}

for (const [name, client] of Object.entries(clients)) {
  for (const [server, port] of Object.entries(servers)) {
    console.log(`${name}, ${server}: "${await messageOf(client, port)}"`);
  }
}
process.exit();
JAVASCRIPT

cat >serve.py <<'PYTHON'
import asyncio
import json
import os
import socket
import sys

import hypercorn.asyncio
import hypercorn.config
import uvicorn


async def app(scope, receive, send):
    """Answer POST as a server of MCP, and GET with 502."""
    if scope["type"] != "http":
        return
    status, told = 502, b""
    if scope["method"] == "POST":
        body, more = b"", True
        while more:
            part = await receive()
            body, more = body + part["body"], part["more_body"]
        message = json.loads(body)
        status = 202
        if "id" in message:
            result = {
                "protocolVersion": "2025-11-25",
                "capabilities": {},
                "serverInfo": {"name": "server", "version": "1"},
            }
            answer = {"jsonrpc": "2.0", "id": message["id"], "result": result}
            status, told = 200, json.dumps(answer).encode()
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": told})


async def main():
    with (
        socket.create_server(("127.0.0.1", 0)) as first,
        socket.create_server(("127.0.0.1", 0)) as second,
    ):
        ports = {"uvicorn": first.getsockname()[1], "hypercorn": second.getsockname()[1]}
        by_uvicorn = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off"))
        config = hypercorn.config.Config()
        config.bind = [f"fd://{os.dup(second.fileno())}"]
        config.errorlog = None
        asked = asyncio.Event()
        serving = asyncio.gather(
            by_uvicorn.serve(sockets=[first]),
            hypercorn.asyncio.serve(app, config, shutdown_trigger=asked.wait),
        )
        asking = await asyncio.create_subprocess_exec("node", "ask.js", json.dumps(ports))
        await asking.wait()
        by_uvicorn.should_exit = True
        asked.set()
        await serving
        return asking.returncode


sys.exit(asyncio.run(main()))
PYTHON

expected='sdk 1.32.2, uvicorn: "Streamable HTTP error: Failed to open SSE stream: Bad Gateway"
sdk 1.32.2, hypercorn: "Streamable HTTP error: Failed to open SSE stream: "
client 2.4.0, uvicorn: "Failed to open SSE stream: Bad Gateway"
client 2.4.0, hypercorn: "Failed to open SSE stream: "'
seen=$(NO_PROXY=127.0.0.1 timeout 60 venv/bin/python serve.py)
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
  echo "CHANGED: expected" >&2
  printf '%s\n' "$expected" >&2
  exit 1
fi
