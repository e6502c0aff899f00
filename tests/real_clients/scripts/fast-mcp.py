"""Usage: python fast-mcp.py URL SECONDS."""

import drive
from fastmcp import Client
from fastmcp.client.transports import StreamableHttpTransport


async def main(url):
    way = StreamableHttpTransport(url, headers={"X-Own": "given"})
    async with Client(way) as client:
        await drive.use(
            client.list_tools, lambda: client.call_tool("echo", {"text": "x"})
        )


drive.run(main)
