"""Faults of the layer `http`, one file each."""
