"""What MCP clients print about their stream, and how to read it out of a paste."""
