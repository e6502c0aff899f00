"""One timed HTTP exchange, event streams, MCP messages, the reconnect schedule."""
