#!/usr/bin/env bash
# @ai-sdk/mcp 2.0.99 with a server of @modelcontextprotocol/sdk 1.32.2 (npm), Node.js 20:
# each answer of a resumable server is reported as an error that cannot be parsed.
#
# Valid input: a server of revision 2025-11-25 with an event store. It starts each event
# stream with an event that has an id and no data, as the revision asks (Transports, Sending
# Messages: the server "SHOULD immediately send an SSE event consisting of an event ID and an
# empty data field in order to prime the client to reconnect"). Expected: the client, which
# offers that revision itself, keeps the id and says nothing, as the SDK's own client does.
# Seen: it parses the empty text as JSON-RPC and hands an error to `onUncaughtError` for
# each of initialize, tools/list and tools/call, all three of which succeed:
#
#   @modelcontextprotocol/sdk: done, 0 errors that say "Failed to parse message"
#   @ai-sdk/mcp: done, 3 errors that say "Failed to parse message"
#
# Whoever reads those errors looks for a server that sends broken JSON; there is none.
# Exits with 0 if that is still so, with 1 if it changed.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{"private": true, "type": "module"}' >package.json
npm install --silent --no-audit --no-fund @ai-sdk/mcp@2.0.99 \
  @modelcontextprotocol/sdk@1.32.2

cat >ask.js <<'JAVASCRIPT'
import {randomUUID} from 'node:crypto';
import {once} from 'node:events';
import http from 'node:http';
import {createMCPClient} from '@ai-sdk/mcp';
import {Client} from '@modelcontextprotocol/sdk/client/index.js';
import {StreamableHTTPClientTransport} from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import {McpServer} from '@modelcontextprotocol/sdk/server/mcp.js';
import {StreamableHTTPServerTransport} from '@modelcontextprotocol/sdk/server/streamableHttp.js';

const WORDS = 'Failed to parse message';

/** Keeps what was sent; nobody resumes here. */
class Store {
  #events = new Map();

  async storeEvent(streamId, message) {
    const id = String(this.#events.size + 1);
    this.#events.set(id, {streamId, message});
    return id;
  }

  async replayEventsAfter(lastEventId) {
    return this.#events.get(lastEventId).streamId;
  }
}

async function serve() {
  const mcp = new McpServer({name: 'server', version: '1'});
  mcp.registerTool('tool', {}, async () => ({content: [{type: 'text', text: 'done'}]}));
  const transport = new StreamableHTTPServerTransport({
    sessionIdGenerator: randomUUID,
    eventStore: new Store(),
  });
  await mcp.connect(transport);
  const server = http.createServer((request, response) => {
    transport.handleRequest(request, response);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return server;
}

async function byAiSdk(url, errors) {
  const client = await createMCPClient({
    transport: {type: 'http', url},
    onUncaughtError: (error) => errors.push(error.message),
  });
  const {tool} = await client.tools();
  const told = await tool.execute({}, {messages: [], toolCallId: '1'});
  return told.content[0].text;
}

async function bySdk(url, errors) {
  const client = new Client({name: 'client', version: '1'});
  client.onerror = (error) => errors.push(error.message);
  await client.connect(new StreamableHTTPClientTransport(new URL(url)));
  await client.listTools();
  const told = await client.callTool({name: 'tool', arguments: {}});
  return told.content[0].text;
}

const clients = {'@modelcontextprotocol/sdk': bySdk, '@ai-sdk/mcp': byAiSdk};
for (const [name, ask] of Object.entries(clients)) {
  const server = await serve();
  const errors = [];
  const told = await ask(`http://127.0.0.1:${server.address().port}/mcp`, errors);
  const counted = errors.filter((error) => error.includes(WORDS)).length;
  console.log(`${name}: ${told}, ${counted} errors that say "${WORDS}"`);
}
process.exit();
JAVASCRIPT

expected='@modelcontextprotocol/sdk: done, 0 errors that say "Failed to parse message"
@ai-sdk/mcp: done, 3 errors that say "Failed to parse message"'
seen=$(NO_PROXY=127.0.0.1 timeout 60 node ask.js)
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
  echo "CHANGED: expected" >&2
  printf '%s\n' "$expected" >&2
  exit 1
fi
