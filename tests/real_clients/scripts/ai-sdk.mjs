// Usage: node ai-sdk.mjs URL SECONDS; the packages lie below the current folder.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { drive } from "./drive.mjs";

const require = createRequire(`${process.cwd()}/x.js`);
const { createMCPClient } = await import(pathToFileURL(require.resolve("@ai-sdk/mcp")));
const [url, seconds] = process.argv.slice(2);
let client;
let tools = {};
await drive(seconds, {
  open: async () => {
    client = await createMCPClient({
      transport: { type: "http", url, headers: { "X-Own": "given" } },
      onUncaughtError: (error) => console.error(error),
    });
  },
  list: async () => {
    tools = await client.tools();
  },
  call: () => tools.echo.execute({ text: "x" }, { toolCallId: "1", messages: [] }),
  end: () => client.close(),
});
