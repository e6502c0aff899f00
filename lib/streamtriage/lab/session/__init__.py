"""Faults of the layer `session`, one file each."""
