"""Faults of the layer `network`, one file each."""
