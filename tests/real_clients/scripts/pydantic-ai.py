"""Usage: python pydantic-ai.py URL SECONDS."""

import drive
from pydantic_ai.mcp import MCPServerStreamableHTTP


async def main(url):
    server = MCPServerStreamableHTTP(url, headers={"X-Own": "given"})
    async with server:
        await drive.use(
            server.list_tools, lambda: server.direct_call_tool("echo", {"text": "x"})
        )


drive.run(main)
