"""Header fields: which values may be shown, and which parts of the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.on_first_use import compile_later
from streamtriage.redaction.marks import HIDDEN, MARKER, hide, replaced
from streamtriage.redaction.shapes import CHALLENGE_PARAMETERS

if TYPE_CHECKING:
    import re

_SHOWN_WORDS = """
accept-ranges age allow alt-svc apigw-requestid cache-control cf-cache-status
cf-mitigated cf-ray connection content-encoding content-language content-length
content-type date etag expires fly-request-id keep-alive last-modified
mcp-protocol-version pragma retry-after server server-timing
strict-transport-security trailer traceparent transfer-encoding upgrade vary via
warning x-accel-buffering x-cache x-cache-hits x-content-type-options
x-correlation-id x-frame-options x-github-request-id x-ms-request-id x-powered-by
x-request-id x-runtime x-served-by x-timer x-trace-id
"""
_SHOWN = frozenset(_SHOWN_WORDS.split())
_SHOWN_PREFIXES = (
    *("access-control-", "ratelimit", "x-amz-cf-", "x-amzn-", "x-azure-", "x-cdn"),
    *("x-envoy-", "x-fastly-", "x-kong-", "x-nf-", "x-railway-", "x-ratelimit-"),
    *("x-render-", "x-served-by", "x-vercel-"),
)
# A shown family may still carry a secret, as `x-vercel-oidc-token` does.
_NEVER_SHOWN = compile_later(r"token|secret|key|passw|cookie|session|auth|bypass|sign")
_PARAMETER = compile_later(
    r"(?P<name>[A-Za-z_-]{1,40})\s{0,8}=\s{0,8}"
    rf"(?P<value>\"(?:[^\"\\]|\\.)*\"|(?:{MARKER}|[^\s,\"])+)"
)
_TOKEN68 = compile_later(r"(?<=[A-Za-z] )[A-Za-z0-9._~+/-]{20,}={0,2}(?=,|$)")


def _parameter(match: re.Match[str]) -> str:
    if match["name"].lower() in CHALLENGE_PARAMETERS:
        return match[0]
    return replaced(match, "value", hide(match["value"].strip('"')))


def challenge(value: str) -> str:
    """Keep the parameters of a challenge that explain it; hide the others."""
    return _PARAMETER.sub(_parameter, _TOKEN68.sub(HIDDEN, value))


def shown(name: str) -> bool:
    """Tell whether the value of this header may be shown."""
    family = name.startswith(_SHOWN_PREFIXES) and not name.startswith("access-control-")
    if family and _NEVER_SHOWN.search(name):
        return False
    return name in _SHOWN or name.startswith(_SHOWN_PREFIXES)
