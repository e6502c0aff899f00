#!/usr/bin/env bash
# @modelcontextprotocol/sdk 1.32.2 and @modelcontextprotocol/client 2.4.0 (npm), Node.js 20:
# the `retry` field of one event stream is obeyed on all other streams of the client.
#
# Valid input: a server of revision 2025-11-25 that answers a tool call on an event stream
# which starts with a priming event and `retry: 4000`, as one that may want to be polled;
# some time later it ends the GET stream, which never carried a `retry` field. Expected: a
# reconnection time belongs to the one event stream that told it (HTML Standard, 9.2: each
# EventSource has its own; MCP 2025-11-25, Transports, Sending Messages: the field is sent
# on the stream that is closed), so the GET stream comes back after the SDK's own 1 s, as it
# does where no tool was called. Seen: it comes back after the 4 s of the tool call; what
# the server would send in that time finds no stream. mcp 2.3.0 (PyPI) keeps them apart.
#
#   sdk 1.32.2, no tool called: GET again after 1 s
#   sdk 1.32.2, tool called with retry 4000: GET again after 4 s
#   client 2.4.0, no tool called: GET again after 1 s
#   client 2.4.0, tool called with retry 4000: GET again after 4 s
#
# Exits with 0 if that is still so, with 1 if it changed.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{"private": true, "type": "module"}' >package.json
npm install --silent --no-audit --no-fund @modelcontextprotocol/sdk@1.32.2 \
  @modelcontextprotocol/client@2.4.0

cat >ask.js <<'JAVASCRIPT'
import {EventEmitter, once} from 'node:events';
import http from 'node:http';
import * as v2 from '@modelcontextprotocol/client';
import {Client} from '@modelcontextprotocol/sdk/client/index.js';
import {StreamableHTTPClientTransport} from '@modelcontextprotocol/sdk/client/streamableHttp.js';

const clients = {
  'sdk 1.32.2': {Client, StreamableHTTPClientTransport},
  'client 2.4.0': v2,
};
const events = {'content-type': 'text/event-stream'};

function resultOf(message) {
  switch (message.method) {
    case 'initialize':
      return {
        protocolVersion: '2025-11-25',
        capabilities: {tools: {}},
        serverInfo: {name: 'server', version: '1'},
      };
    case 'tools/list':
      return {tools: [{name: 'tool', inputSchema: {type: 'object'}}]};
    default:
      return {content: [{type: 'text', text: 'done'}]};
  }
}

async function serve(streams) {
  const server = http.createServer(async (request, response) => {
    if (request.method === 'GET') {
      response.writeHead(200, events).flushHeaders();
      streams.emit('get', response);
      return;
    }
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    if (request.method === 'DELETE') return response.end();
    const message = JSON.parse(Buffer.concat(chunks));
    if (message.id === undefined) return response.writeHead(202).end();
    const told = JSON.stringify({jsonrpc: '2.0', id: message.id, result: resultOf(message)});
    if (message.method === 'tools/call') {
      response.writeHead(200, events);
      response.end(`id: p1\nretry: 4000\ndata: \n\nid: p2\ndata: ${told}\n\n`);
    } else {
      const session = {'content-type': 'application/json', 'mcp-session-id': 'one'};
      response.writeHead(200, session).end(told);
    }
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return server;
}

/** Returns after how many seconds the GET stream is asked for again. */
async function wait({Client, StreamableHTTPClientTransport}, callTool) {
  const streams = new EventEmitter();
  const server = await serve(streams);
  const url = new URL(`http://127.0.0.1:${server.address().port}/mcp`);
  const client = new Client({name: 'client', version: '1'});
  client.onerror = () => {};
  const opened = once(streams, 'get');
  await client.connect(new StreamableHTTPClientTransport(url));
  const [stream] = await opened;
  if (callTool) await client.callTool({name: 'tool', arguments: {}});
  const again = once(streams, 'get', {signal: AbortSignal.timeout(20_000)});
  stream.end(': the end\n\n');
  const since = performance.now();
  await again;
  const seconds = (performance.now() - since) / 1000;
  await client.close();
  server.closeAllConnections();
  server.close();
  return seconds;
}

for (const [name, client] of Object.entries(clients)) {
  for (const called of [false, true]) {
    const what = called ? 'tool called with retry 4000' : 'no tool called';
    const seconds = await wait(client, called);
    console.log(`${name}, ${what}: GET again after ${seconds < 2.5 ? 1 : 4} s`);
    if (seconds < 0.9 || (seconds > 2.5 && seconds < 3.9)) console.log(`exactly ${seconds} s`);
  }
}
process.exit();
JAVASCRIPT

expected="sdk 1.32.2, no tool called: GET again after 1 s
sdk 1.32.2, tool called with retry 4000: GET again after 4 s
client 2.4.0, no tool called: GET again after 1 s
client 2.4.0, tool called with retry 4000: GET again after 4 s"
seen=$(NO_PROXY=127.0.0.1 timeout 90 node ask.js)
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
  echo "CHANGED: expected" >&2
  printf '%s\n' "$expected" >&2
  exit 1
fi
