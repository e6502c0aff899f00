"""Causes in limits of how much and how often."""
