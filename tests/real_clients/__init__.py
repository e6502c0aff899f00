"""Runs real MCP clients, pinned, against faults, and tells what each of them did.

`python -m real_clients [NAME[@VERSION] ...]` measures them and writes the files
`requests.toml` and `reactions.toml` of each in `knowledge/clients/`.
"""
