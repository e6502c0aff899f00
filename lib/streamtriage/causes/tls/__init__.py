"""Causes in TLS."""
