"""Faults of the layer `rate`, one file each."""
