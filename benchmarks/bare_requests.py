# ruff: noqa: D103, INP001 - a script, run by the page
"""The three requests that a client of a server without a stream cannot do without.

Run: python -I -S benchmarks/bare_requests.py PORT
"""

from __future__ import annotations

import json
import socket
import sys

INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": {"name": "bare", "version": "0"},
    },
}
INITIALIZED = {"jsonrpc": "2.0", "method": "notifications/initialized"}


def ask(port: int, method: str, message: object = None) -> bytes:
    body = json.dumps(message).encode() if message is not None else b""
    head = (
        f"{method} /mcp HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
        "Accept: application/json, text/event-stream\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(head.encode() + body)
        return connection.recv(65536)


if __name__ == "__main__":
    place = int(sys.argv[1])
    ask(place, "POST", INITIALIZE)
    ask(place, "POST", INITIALIZED)
    ask(place, "GET")
