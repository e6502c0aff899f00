"""Causes in how HTTP is answered."""
