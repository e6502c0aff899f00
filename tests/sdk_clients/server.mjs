// An MCP server with SDK v1, in the ways in which people set its transport up.
// node server.mjs <mode> <port>
import { randomUUID } from 'node:crypto';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import express from 'express';

const [mode, port] = process.argv.slice(2);
const app = express();
app.use(express.json());

const server = () => new McpServer({ name: 'real', version: '1' }, { capabilities: { tools: {} } });
const oneFor = async (sessionIdGenerator) => {
  const transport = new StreamableHTTPServerTransport({ sessionIdGenerator });
  await server().connect(transport);
  return transport;
};
const refuse = (res, status, code, message) =>
  res.status(status).json({ jsonrpc: '2.0', error: { code, message }, id: null });

// The session code that is copied from examples with one branch for all that is not known:
// an id of a session that is gone gets the 400 of a request without any.
const sessions = new Map();
const examples = async (req, res) => {
  const id = req.headers['mcp-session-id'];
  let transport = sessions.get(id);
  if (!transport && !id && req.method === 'POST' && req.body?.method === 'initialize') {
    transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (made) => sessions.set(made, transport),
    });
    transport.onclose = () => sessions.delete(transport.sessionId);
    await server().connect(transport);
  }
  if (!transport) return refuse(res, 400, -32000, 'Bad Request: No valid session ID provided');
  await transport.handleRequest(req, res, req.body);
};

// A server and a transport for each request, as the stateless example makes them.
const perRequest = async (req, res) => {
  const transport = await oneFor(undefined);
  res.on('close', () => transport.close());
  await transport.handleRequest(req, res, req.body);
};

let only;
const reused = async (req, res) => {
  only ??= await oneFor(undefined);
  await only.handleRequest(req, res, req.body);
};

const handlers = { examples, stateless: perRequest, 'stateless-get': perRequest, reused };
app.post('/mcp', handlers[mode]);
if (mode === 'stateless') {
  app.all('/mcp', (_req, res) => refuse(res.set('Allow', 'POST'), 405, -32000, 'Method not allowed.'));
} else {
  app.all('/mcp', handlers[mode]);
}
// The default handler prints the stack and answers 500, as it does for the people.
app.listen(Number(port), '127.0.0.1');
