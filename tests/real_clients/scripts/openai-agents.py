"""Usage: python openai-agents.py URL SECONDS."""

import drive
from agents.mcp import MCPServerStreamableHttp


async def main(url):
    own = {"X-Own": "given"}
    async with MCPServerStreamableHttp(params={"url": url, "headers": own}) as server:
        await drive.use(
            server.list_tools, lambda: server.call_tool("echo", {"text": "x"})
        )


drive.run(main)
