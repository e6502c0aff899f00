"""Causes in how a name is looked up."""
