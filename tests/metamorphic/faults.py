"""Which faults are met in which other surroundings, and why the others are not.

A fault that stands in no list here is met as those that are answered at once.
"""

from __future__ import annotations

from streamtriage.lab import FAULTS

# Each can be laid over any path, name, wording, speed or transport. None waits long;
# still, all in everything is a minute and a half. So each is met in four of the six
# changes, in turn, and only sound servers in all.
_ANSWERED = (
    "get-not-implemented-404",
    "get-4xx-instead-of-405",
    "get-200-html-or-json",
    "get-204",
    "instant-close-flap",
    "initialized-not-202",
    "gateway-blocks-get",
    "rate-limit-429",
    "session-400-instead-of-404",
    "event-id-rejected",
    "accept-406",
    "insufficient-scope-403",
    "spa-catchall",
    "asgi-lifespan-missing-500",
)
# Only its words set this one apart.
KNOWN_BY_WORDS = (
    "accept-406",
    "asgi-lifespan-missing-500",
    "mcp-go-400-session-already-exists",
    "key-refused-otherwise",
)
# What is measured of it is a cause as well, which needs no words and names no product.
SAID_WITHOUT_WORDS = {"mcp-go-400-session-already-exists": "reopening-refused"}
SOUND = ("healthy", "healthy-get-405")

# Cut, held back, or left half open, mostly by the lab's relay or front. They have to be
# watched for seconds, so not every one is met in all surroundings: each in two or
# three, and every change over at least three of them.
ON_THE_WAY: dict[str, tuple[str, ...]] = {
    "half-open-stream-409": ("over TLS", "another server name", "other words"),
    "lb-idle-60s": ("over TLS", "over HTTP/2", "three times slower"),
    "hidden-409-instant-close": ("another path", "over HTTP/2"),
    "mcp-go-400-session-already-exists": ("another path", "other words"),
    "multi-replica-no-affinity": ("another server name", "other words"),
    "nginx-buffering": ("over HTTP/2", "three times slower"),
    "headers-never-flushed": ("over TLS", "another path", "another server name"),
    "compression-buffers-sse": ("over HTTP/2", "another server name"),
    "platform-max-request-300s": ("over TLS", "three times slower"),
    "drain-at-deploy": ("another path", "another server name"),
    "h2-stream-reset": ("another path", "three times slower"),
    "connection-header-on-h2": ("another server name", "another path"),
}
_NO_BODY = "nothing is refused, so nothing is said that could be said in other words"
_IS_H2 = "it is met over TLS and HTTP/2 anyway, and over nothing else"
_HTTP1 = "the client that is asked as speaks HTTP/1.1 only"
# What cannot be changed around a fault without taking the fault away.
MEANINGLESS: dict[tuple[str, str], str] = {
    **{
        (fault, "other words"): _NO_BODY
        for fault in (
            "lb-idle-60s",
            "nginx-buffering",
            "headers-never-flushed",
            "compression-buffers-sse",
            "platform-max-request-300s",
            "drain-at-deploy",
            "h2-stream-reset",
            "connection-header-on-h2",
            "hidden-409-instant-close",
            "no-route",
        )
    },
    **{
        (fault, "over HTTP/2"): _HTTP1
        for fault in (
            "accepted-with-text",
            "charset-refused",
            "http-sse-endpoint-refused",
            "http-sse-reply-missing",
            "priming-event-breaks-client",
        )
    },
    ("chunked-refused", "over HTTP/2"): "there are no chunks in HTTP/2",
    ("two-framings", "over HTTP/2"): "HTTP/2 has one; what is left is a wrong length",
    ("rate-limit-429", "other words"): "of its one refusal the head is read alone",
    ("no-route", "another server name"): "the name of the edge is the fault's sign",
    ("server-gone-meanwhile", "over HTTP/2"): "the hop before it goes on answering",
    ("posts-wait-for-stream", "three times slower"): (
        "what waits for the stream would be let go three times later than it can be"
    ),
    **{
        (fault, variant): _IS_H2
        for fault in ("h2-stream-reset", "connection-header-on-h2")
        for variant in ("over TLS", "over HTTP/2")
    },
}

# Faults that are not met in other surroundings at all, by the reason why.
NOT_TAKEN: dict[str, tuple[str, ...]] = {
    "the address, the certificate or the proxy is the fault, and no server is met": (
        "dns-nxdomain",
        "tcp-refused-server-down",
        "address-unreachable",
        "tcp-blackhole-timeout",
        "localhost-ipv6-mismatch",
        "tls-scheme-mismatch",
        "tls-expired",
        "tls-protocol-refused",
        "tls-chain-incomplete",
        "tls-untrusted-ca",
        "tls-name-mismatch",
        "mtls-required",
        "proxy-env-connect-refused",
        "proxy-tls-inspection-buffers-sse",
    ),
    "the path, the scheme or the host is part of the fault": (
        "redirect-trailing-slash",
        "redirect-scheme-downgrade",
        "redirect-cross-origin-login",
        "legacy-sse-url-as-http",
        "host-421",
        "host-403",
    ),
    "the page or the name of a product is the fault's sign": (
        "cloudflare-100-125s",
        "waf-bot-403",
        "cdn-caches-stream",
        "proxy-404-during-recreate",
        "deploy-window-5xx",
    ),
    "the person has to tell more than the address": (
        "modern-only-server",
        "probe-breaks-legacy-server",
        "cors-preflight",
        "credential-bound-session",
        "origin-403",
        "session-idle-reaped",
        "session-id-hijacked-by-error",
        "token-refresh-401-loop-v1",
        "oversize-sse-frame",
    ),
    "an answer tells it, as it does those in ANSWERED; left out for its time": (
        "get-401-but-server-has-no-stream",
        "oauth-metadata-broken",
        "token-expired-no-provider",
        "protocol-version-header-400",
        "wrong-content-type-415-on-get",
        "stateless-transport-reused-500",
        "max-sessions-503",
        "bad-sse-bytes",
        "last-event-id-500",
        "resume-failed-200-empty",
        "server-restart-session-lost",
        "session-503-or-200-error",
        "rmcp-old-401-session",
        "session-id-not-exposed",
        "csharp-second-get-400",
        "stateless-200-dead-stream",
        "listen-flap",
        "listen-limit",
        "era-mixed-replicas",
    ),
}

_LISTED = {
    *_ANSWERED,
    *ON_THE_WAY,
    *(each for some in NOT_TAKEN.values() for each in some),
}
ANSWERED = (*_ANSWERED, *(each.name for each in FAULTS if each.name not in _LISTED))
