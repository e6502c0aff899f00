"""Usage: python pydantic-ai.py URL SECONDS."""

import drive
from pydantic_ai.mcp import MCPToolset


async def main(url):
    async with MCPToolset(url, headers={"X-Own": "given"}) as server:
        await drive.use(
            server.list_tools, lambda: server.direct_call_tool("echo", {"text": "x"})
        )


drive.run(main)
