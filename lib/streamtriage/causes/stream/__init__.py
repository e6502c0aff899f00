"""Causes in the stream itself."""
