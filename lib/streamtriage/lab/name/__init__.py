"""Faults of the layer `name`, one file each."""
