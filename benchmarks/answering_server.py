# ruff: noqa: D103, INP001, T201 - a script that prints, run by the page
"""A sound MCP server without a stream that answers at once; prints its port.

Run: python benchmarks/answering_server.py
"""

from __future__ import annotations

import asyncio
import json

RESULTS = {
    "initialize": {
        "protocolVersion": "2025-11-25",
        "capabilities": {"tools": {}},
        "serverInfo": {"name": "answering", "version": "0"},
    },
    "tools/list": {"tools": []},
}


def reply(body: bytes) -> tuple[str, bytes]:
    asked = json.loads(body)
    if "id" not in asked:
        return "202 Accepted", b""
    answer = {"jsonrpc": "2.0", "id": asked["id"]}
    result = RESULTS.get(asked["method"])
    error = {"code": -32601, "message": "Method not found"}
    more = {"error": error} if result is None else {"result": result}
    return "200 OK", json.dumps(answer | more).encode()


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
            lines = (line.partition(":") for line in head.split("\r\n"))
            fields = {name: value.strip() for name, _, value in lines}
            body = await reader.readexactly(int(fields.get("content-length", 0)))
            status, out = "405 Method Not Allowed", b""
            if head.startswith("post "):
                status, out = reply(body)
            kind = "content-type: application/json\r\n" if out else ""
            length = f"content-length: {len(out)}\r\n"
            writer.write(f"HTTP/1.1 {status}\r\n{kind}{length}\r\n".encode() + out)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def main() -> None:
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
