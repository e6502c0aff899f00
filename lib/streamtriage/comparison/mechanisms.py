"""Which causes of this tool a public report speaks of, by the words of its table."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["OF_CLIENT", "OF_ISSUE", "OF_KIND"]

_STILL_COUNTED = (
    "half-open-stream-409",
    "mcp-go-400-session-already-exists",
    "csharp-second-get-400",
    "hidden-409-instant-close",
)
_IDLE = ("lb-idle-60s", "cloudflare-100-125s")
_TOTAL = ("platform-max-request-300s", "h2-stream-reset")
_NO_GET = (
    "get-not-implemented-404",
    "get-4xx-instead-of-405",
    "get-200-html-or-json",
    "get-204",
)
_LOST = ("server-restart-session-lost", "session-400-instead-of-404")
_REPLICAS = ("multi-replica-no-affinity",)
_TOKEN = ("token-expired-no-provider",)
_BUFFERS = (
    "nginx-buffering",
    "compression-buffers-sse",
    "proxy-tls-inspection-buffers-sse",
)
_FLAP = ("instant-close-flap", "get-200-html-or-json", "resume-failed-200-empty")

# The words of the column `kinds` in reports.csv. A kind without causes is one that no
# probe can tell.
OF_KIND: Mapping[str, tuple[str, ...]] = {
    "auth-discovery": ("oauth-metadata-broken",),
    "buffering": _BUFFERS,
    "buffering-tunnel": _BUFFERS,
    "client-idle-timeout": ("client-bodytimeout-300s", "bun-idle-360s"),
    "client-misreads-404": ("claude-code-147-404-loop",),
    "client-no-reconnect": ("sdk-exhausted-silent",),
    "client-reinit-bug": (),
    "compression": ("compression-buffers-sse",),
    "corporate-proxy": (
        "proxy-env-connect-refused",
        "proxy-tls-inspection-buffers-sse",
    ),
    "deploy-drain": ("drain-at-deploy", "deploy-window-5xx"),
    "empty-error": ("h2-empty-reason",),
    "gateway-buffers-get": ("gateway-blocks-get", "headers-never-flushed"),
    "gateway-crash-on-reconnect": (),
    "gateway-session-instability": (),
    "get-401": ("get-401-but-server-has-no-stream", "token-refresh-401-loop-v1"),
    "get-401-post-200": (
        "get-401-but-server-has-no-stream",
        "token-refresh-401-loop-v1",
    ),
    "get-not-offered": _NO_GET,
    "get-not-offered (healthy)": (),
    "get-not-offered-wrong-status": _NO_GET,
    "h2-goaway": ("h2-stream-reset", "drain-at-deploy"),
    "h2-reset": ("h2-stream-reset",),
    "half-open-tcp": _STILL_COUNTED,
    "headers-held": ("headers-never-flushed",),
    "host-validation": ("host-421", "host-403"),
    "idle-timeout": _IDLE,
    "idle-timeout-intermediary": _IDLE,
    "planned-lifetime": _TOTAL,
    "platform-limit": _TOTAL,
    "platform-total-timeout": _TOTAL,
    "protocol-era-mix": ("era-mixed-replicas", "modern-only-server"),
    "proxy-idle": _IDLE,
    "proxy-total": _TOTAL,
    "reconnect-storm": _FLAP,
    "redirect-downgrade": ("redirect-scheme-downgrade",),
    "replica-affinity": _REPLICAS,
    "replica-affinity-cookie": _REPLICAS,
    "server-bug": (),
    "server-bug-after-idle": (),
    "server-idle-timeout": _IDLE,
    "server-total-timeout": _TOTAL,
    "session-idle-ttl": ("session-idle-reaped",),
    "session-lifecycle": (),
    "session-lost": _LOST,
    "session-required-mismatch": (),
    "session-tied-to-stream": (),
    "silent-stream": (*_IDLE, "client-bodytimeout-300s", "bun-idle-360s"),
    "stateless-get-hangs": ("stateless-200-dead-stream",),
    "token-expiry-midstream": _TOKEN,
    "token-lost-on-restart": (*_TOKEN, *_LOST),
    "wrong-status-or-body": (*_NO_GET, "session-400-instead-of-404"),
    "zombie-stream": _STILL_COUNTED,
    "zombie-stream-on-reopen": _STILL_COUNTED,
}

# Issues by repository and number, where their mechanism is one that this tool judges.
OF_ISSUE: Mapping[tuple[str, int], tuple[str, ...]] = {
    ("anthropics/claude-code", 38631): (
        *_IDLE,
        "claude-code-disconnects-on-optional-stream",
    ),
    ("anthropics/claude-code", 62198): ("claude-code-147-404-loop",),
    ("anthropics/claude-code", 62008): _LOST,
    ("anthropics/claude-code", 31752): _STILL_COUNTED,
    ("anthropics/claude-code", 55228): ("deploy-window-5xx",),
    ("anthropics/claude-code", 9608): _LOST,
    ("anthropics/claude-code", 8338): _LOST,
    ("anthropics/claude-code", 50450): _LOST,
    ("anthropics/claude-code", 27142): _LOST,
    ("anthropics/claude-code", 60949): _LOST,
    ("anthropics/claude-code", 20335): ("client-bodytimeout-300s",),
    ("anthropics/claude-code", 3033): ("client-bodytimeout-300s",),
    ("anthropics/claude-code", 93143): ("bun-idle-360s",),
    ("anthropics/claude-code", 32708): ("config-in-wrong-place",),
    ("anthropics/claude-code", 54131): ("config-sse-url-as-http",),
    ("anthropics/claude-code", 92835): ("protocol-version-header-400",),
    ("anthropics/claude-code", 11365): ("tls-untrusted-ca",),
    ("anthropics/claude-code", 25977): ("tls-untrusted-ca",),
    ("anthropics/claude-code", 19594): _FLAP,
    ("anthropics/claude-code", 34272): _FLAP,
    ("anthropics/claude-code", 59956): ("config-in-wrong-place",),
    ("anthropics/claude-code", 5826): _BUFFERS,
    ("anthropics/claude-code", 45224): _IDLE,
    ("IvanMurzak/MCP-Plugin-dotnet", 105): ("session-idle-reaped", *_LOST),
    ("Abbabon/unity-mcp-sharp", 95): _LOST,
    ("Michael-Obele/shadcn-svelte-mcp", 2): _STILL_COUNTED,
    ("modelcontextprotocol/typescript-sdk", 1150): _NO_GET,
    ("modelcontextprotocol/typescript-sdk", 1635): _NO_GET,
    ("cline/cline", 7577): ("get-not-implemented-404",),
    ("cline/cline", 8320): ("get-not-implemented-404",),
    ("google-gemini/gemini-cli", 5268): ("get-not-implemented-404",),
    ("google-gemini/gemini-cli", 24838): ("get-not-implemented-404",),
    ("Vexa-ai/vexa", 795): ("gateway-blocks-get",),
    ("malloydata/malloyyo", 134): ("get-200-html-or-json",),
    ("haru/redmine_ai_helper", 410): ("listen-flap",),
    ("code-ministry-ltd/the-librarian", 459): ("get-200-html-or-json",),
    ("n8n-io/n8n", 34835): ("stateless-200-dead-stream",),
    ("hyperdxio/hyperdx", 2686): ("get-4xx-instead-of-405",),
    ("adobe/spacecat-api-service", 944): ("get-not-implemented-404",),
}

# What a person writes for the client that an issue is about, by its repository.
OF_CLIENT: Mapping[str, str] = {
    "anthropics/claude-code": "claude",
    "cline/cline": "cline",
    "google-gemini/gemini-cli": "gemini",
    "danny-avila/LibreChat": "librechat",
}
