"""Causes in hops on the way."""
