// Usage: node typescript-1.mjs URL SECONDS; the packages lie below the current folder.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
const load = (name) => import(pathToFileURL(createRequire(`${process.cwd()}/x.js`).resolve(name)));
const { Client } = await load("@modelcontextprotocol/sdk/client/index.js");
const { StreamableHTTPClientTransport } = await load("@modelcontextprotocol/sdk/client/streamableHttp.js");
import { drive } from "./drive.mjs";

const [url, seconds] = process.argv.slice(2);
const client = new Client({ name: "measured", version: "1.0.0" });
const transport = new StreamableHTTPClientTransport(new URL(url), {
  requestInit: { headers: { "X-Own": "given" } },
});
client.onerror = (error) => console.error(error);
await drive(seconds, {
  open: () => client.connect(transport),
  list: () => client.listTools(),
  call: () => client.callTool({ name: "echo", arguments: { text: "x" } }),
  end: async () => {
    await transport.terminateSession();
    await client.close();
  },
});
