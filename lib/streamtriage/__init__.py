"""Find out, with live probes, why an MCP event stream broke and was not reopened."""

__version__ = "0.1.0"
