"""Faults of the layer `stream`, one file each."""
