"""Statuses by which hops refuse, not servers."""

from __future__ import annotations

__all__ = ["HOP_STATUSES"]

# RFC 9110, 15.6.3 and 15.6.5: only who acts as a gateway answers 502 and 504; the
# others are Cloudflare's own for an origin that fails.
HOP_STATUSES = (502, 504, 520, 521, 522, 523, 524, 525, 526, 530)
