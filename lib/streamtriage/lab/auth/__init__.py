"""Faults of the layer `auth`, one file each."""
