"""Causes in versions and revisions."""
