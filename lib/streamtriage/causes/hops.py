"""Which intermediaries the response headers show; absence of a trace proves nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streamtriage.model import Exchange

__all__ = ["hops"]

# (header, start of its value in lower case, name); an empty start accepts any value.
_SIGNS = (
    ("cf-ray", "", "Cloudflare"),
    ("server", "cloudflare", "Cloudflare"),
    ("server", "nginx", "nginx"),
    ("server", "openresty", "OpenResty"),
    ("server", "apache", "Apache"),
    ("server", "caddy", "Caddy"),
    ("server", "envoy", "Envoy"),
    ("server", "istio-envoy", "Istio"),
    ("server", "awselb", "AWS ALB"),
    ("server", "railway-edge", "Railway"),
    ("server", "vercel", "Vercel"),
    ("server", "fly/", "Fly.io"),
    ("server", "heroku", "Heroku"),
    ("x-envoy-upstream-service-time", "", "Envoy"),
    ("via", "1.1 caddy", "Caddy"),
    ("via", "1.1 google", "Google Cloud load balancer"),
    ("x-amz-cf-id", "", "CloudFront"),
    ("apigw-requestid", "", "AWS API Gateway"),
    ("x-amzn-requestid", "", "AWS API Gateway or Lambda"),
    ("x-vercel-id", "", "Vercel"),
    ("fly-request-id", "", "Fly.io"),
    ("x-railway-request-id", "", "Railway"),
    ("x-kong-proxy-latency", "", "Kong"),
    ("x-azure-ref", "", "Azure Front Door"),
)
# Cookies that a balancer sets for stickiness; only the names are kept.
_COOKIES = (
    ("awsalb", "AWS ALB"),
    ("arraffinity", "Azure App Service"),
    ("applicationgatewayaffinity", "Azure Application Gateway"),
    ("gclb", "Google Cloud load balancer"),
)


def hops(exchanges: Iterable[Exchange]) -> tuple[str, ...]:
    """Return the names of the intermediaries that left a trace, in a stable order."""
    found: dict[str, None] = {}
    for seen in exchanges:
        for header, start, name in _SIGNS:
            value = seen.headers.get(header)
            if value is not None and value.lower().startswith(start):
                found[name] = None
        cookies = seen.headers.get("set-cookie", "").lower()
        for cookie, name in _COOKIES:
            if cookie in cookies:
                found[name] = None
    return tuple(found)
