"""A FastMCP server as an ASGI app; MODE in the environment says which way."""

import os

from fastmcp import FastMCP

mcp: FastMCP = FastMCP("real")


def ping() -> str:
    """Answer pong."""
    return "pong"


mcp.tool(ping)
app = mcp.http_app(stateless_http=os.environ.get("MODE") == "stateless")
