"""Faults of the layer `tls`, one file each."""
