"""A server of the Python SDK 1.25 at the port that is given."""

import sys

from mcp.server.fastmcp import FastMCP  # type: ignore[attr-defined]

mcp = FastMCP("real", port=int(sys.argv[1]), stateless_http=sys.argv[2] == "stateless")
mcp.run(transport="streamable-http")
