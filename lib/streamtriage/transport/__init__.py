"""One timed request on sockets of our own; the only importer of httpx."""
