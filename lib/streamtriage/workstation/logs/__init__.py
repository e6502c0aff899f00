"""What clients logged on this machine, one timeline for each server."""
