"""Who wrote a refusal: the error pages of well-known intermediaries."""

from __future__ import annotations

from streamtriage.knowledge import author as gateway_of

__all__ = ["gateway_of"]
