"""Tests of what the person's own machine says."""
