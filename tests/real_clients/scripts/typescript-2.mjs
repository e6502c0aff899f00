// Usage: node typescript-2.mjs URL SECONDS; the packages lie below the current folder.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { drive } from "./drive.mjs";

const require = createRequire(`${process.cwd()}/x.js`);
const { Client, StreamableHTTPClientTransport } = await import(
  pathToFileURL(require.resolve("@modelcontextprotocol/client"))
);
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
