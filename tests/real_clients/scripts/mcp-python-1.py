"""Usage: python mcp-python-1.py URL SECONDS, with mcp 1."""

import drive
from mcp import ClientSession
from mcp.client.streamable_http import streamablehttp_client


async def main(url):
    way = streamablehttp_client(url, headers={"X-Own": "given"})
    async with way as (read, write, _), ClientSession(read, write) as session:
        await session.initialize()
        await drive.use(
            session.list_tools, lambda: session.call_tool("echo", {"text": "x"})
        )


drive.run(main)
