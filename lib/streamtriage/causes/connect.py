"""The first hop, and connections without TLS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.judgement import Judgement, absent, unknown
from streamtriage.model.message import say

if TYPE_CHECKING:
    from streamtriage.model import ReachEvidence
    from streamtriage.observations.case import Case

__all__ = ["first_hop", "no_tls", "twin_serves"]


def first_hop(case: Case) -> ReachEvidence | Judgement:
    """Return what is known of the server's own addresses, or why it is not known."""
    reach = case.reach
    if reach is None:
        return unknown(say("network.first-hop.unknown"))
    if reach.proxy:
        return unknown(
            say("network.first-hop.unknown.the-first-hop-is", proxy=reach.proxy)
        )
    return reach


def twin_serves(reach: ReachEvidence) -> bool:
    """Tell whether an MCP server answered at the loopback address of the other family.

    A JSON-RPC body or a bearer challenge says so; any other page may be anybody's.
    """
    seen = reach.twin_answer
    if seen is None or not seen.answered:
        return False
    challenged = seen.status == 401 and "www-authenticate" in seen.headers
    replied = seen.accepted and '"jsonrpc"' in seen.excerpt
    return replied or challenged or seen.jsonrpc_code is not None


def no_tls(reach: ReachEvidence) -> Judgement:
    """Say why there is no handshake to judge."""
    if reach.scheme == "http":
        return absent(say("network.no-tls.absent"), "reach")
    return unknown(say("network.no-tls.unknown"))
