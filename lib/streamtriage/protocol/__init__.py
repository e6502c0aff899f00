"""What is spoken: the event-stream parser, and MCP messages per revision."""
