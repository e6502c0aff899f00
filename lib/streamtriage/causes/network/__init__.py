"""Causes in reaching the server."""
