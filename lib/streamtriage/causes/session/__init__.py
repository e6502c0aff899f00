"""Causes in sessions."""
