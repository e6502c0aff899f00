"""Faults of the layer `proxy`, one file each."""
