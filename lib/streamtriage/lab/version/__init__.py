"""Faults of the layer `version`, one file each."""
