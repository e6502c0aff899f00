// Usage: node v2.mjs URL SECONDS

import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { watch } from "./watch.mjs";

const [url, seconds] = process.argv.slice(2);
const client = new Client({ name: "reference-v2", version: "2.4.0" });
await watch(client, new StreamableHTTPClientTransport(new URL(url)), Number(seconds));
