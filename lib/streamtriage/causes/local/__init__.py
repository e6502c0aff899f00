"""Causes in the person's own machine."""
