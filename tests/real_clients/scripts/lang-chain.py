"""Usage: python lang-chain.py URL SECONDS; one session is kept, as its agents do."""

import drive
from langchain_mcp_adapters.client import MultiServerMCPClient
from langchain_mcp_adapters.tools import load_mcp_tools


async def main(url):
    own = {"X-Own": "given"}
    server = {"transport": "streamable_http", "url": url, "headers": own}
    client = MultiServerMCPClient({"measured": server})
    tools = []
    async with client.session("measured") as session:

        async def list_tools():
            tools[:] = await load_mcp_tools(session)

        async def call():
            await tools[0].ainvoke({"text": "x"})

        await drive.use(list_tools, call)


drive.run(main)
