// Usage: node v1.mjs URL SECONDS

import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { watch } from "./watch.mjs";

const [url, seconds] = process.argv.slice(2);
const client = new Client({ name: "reference-v1", version: "1.32.2" });
await watch(client, new StreamableHTTPClientTransport(new URL(url)), Number(seconds));
