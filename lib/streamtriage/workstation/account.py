"""How a client signs in, told without opening a store."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from streamtriage.knowledge.client_places import places
from streamtriage.model import Account, NeedsAuth
from streamtriage.redaction import shown_text
from streamtriage.workstation.config.json_slices import ShapeError, load, parts
from streamtriage.workstation.secret_facts import named_token

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamtriage.workstation.filesystem import Surroundings

__all__ = ["account"]

# In the order in which Claude Code prefers them.
_METHODS = (
    ("CLAUDE_CODE_USE_BEDROCK", "Amazon Bedrock"),
    ("CLAUDE_CODE_USE_VERTEX", "Google Vertex AI"),
    ("CLAUDE_CODE_USE_FOUNDRY", "Microsoft Foundry"),
    ("ANTHROPIC_AUTH_TOKEN", "bearer token from ANTHROPIC_AUTH_TOKEN"),
    ("ANTHROPIC_API_KEY", "API key from ANTHROPIC_API_KEY"),
    ("CLAUDE_CODE_OAUTH_TOKEN", "long-lived token from CLAUDE_CODE_OAUTH_TOKEN"),
)
# A key takes the place of the claude.ai sign-in, and with it of its connectors.
_NO_CONNECTORS = ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN")


def account(
    around: Surroundings,
    *,
    key_helper: bool,
    settings_env: Sequence[str] = (),
    tokens: Sequence[str] = (),
) -> Account:
    """Return the sign-in's facts; `tokens` are variables that the person named."""
    set_here = {name for name in (*around.environ, *settings_env) if name}
    known = {name: around.environ.get(name, "set") for name in set_here}
    methods = [says for name, says in _METHODS if known.get(name)]
    if key_helper:
        methods.append("API key from apiKeyHelper")
    if _signed_in(around):
        methods.append("claude.ai account")
    off = [name for name in _NO_CONNECTORS if known.get(name)]
    off += ["apiKeyHelper"] if key_helper else []
    if known.get("ENABLE_CLAUDEAI_MCP_SERVERS", "").lower() in ("false", "0"):
        off.insert(0, "ENABLE_CLAUDEAI_MCP_SERVERS")
    return Account(
        methods=tuple(methods),
        connectors_off_because=off[0] if off else "",
        stores=_stores(around),
        needs_auth=_needs_auth(around),
        named=tuple(named_token(name, around.environ) for name in tokens),
    )


def _signed_in(around: Surroundings) -> bool:
    """Tell whether the file names an account, without decoding what it says of it."""
    path = around.resolve("{claude_json}")
    text = around.read(path, "Claude Code user and local servers")
    if text is None:
        return False
    try:
        return "oauthAccount" in parts(text, {"oauthAccount"})
    except ShapeError:
        return False


def _stores(around: Surroundings) -> tuple[str, ...]:
    found = []
    for place in places(around.system):
        if place.role != "store":
            continue
        path = around.resolve(place.path)
        what = f"{place.client} {place.scope}"
        try:
            # The name of the store is looked up, and nothing of it is opened.
            path.lstat()
        except OSError:
            around.note(what, path, "nothing there")
            continue
        around.note(what, path, "exists, not opened")
        found.append(around.shown(path))
    if around.system == "macos":
        around.note("Claude Code sign-in", "the Keychain", "exists, not opened")
    return tuple(found)


def _needs_auth(around: Surroundings) -> tuple[NeedsAuth, ...]:
    for place in places(around.system):
        if place.role == "needs-auth":
            text = around.read(around.resolve(place.path), "servers that need sign-in")
            return _cached(text) if text is not None else ()
    return ()


def _cached(text: str) -> tuple[NeedsAuth, ...]:
    try:
        read = load(text)
    except ShapeError:
        return ()
    if not isinstance(read, dict):
        return ()
    return tuple(
        NeedsAuth(
            server=shown_text(str(name), 80),
            at=_iso(value.get("timestamp") if isinstance(value, dict) else None),
        )
        for name, value in list(read.items())[:50]
    )


def _iso(value: object) -> str:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return ""
    try:
        moment = datetime.fromtimestamp(value / (1000 if value > 1e11 else 1), UTC)
    except (ValueError, OverflowError, OSError):
        return ""
    return moment.isoformat(timespec="seconds")
