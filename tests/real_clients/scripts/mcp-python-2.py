"""Usage: python mcp-python-2.py URL SECONDS, with mcp 2."""

import drive
import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client


async def main(url):
    async with (
        httpx2.AsyncClient(
            headers={"X-Own": "given"}, timeout=httpx2.Timeout(30, read=300)
        ) as http,
        Client(streamable_http_client(url, http_client=http)) as client,
    ):
        await drive.use(
            client.list_tools, lambda: client.call_tool("echo", {"text": "x"})
        )


drive.run(main)
