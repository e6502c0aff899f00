"""How each real client is installed, configured and started, one entry each."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import sdk_clients
from real_clients.installing import Npm, Pip, cache, installed

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["CLIENTS", "Launch", "RealClient", "Start", "client_called"]

_SCRIPTS = Path(__file__).parent / "scripts"
_ASK = "Call the tool echo with the text x."
_OWN = {"X-Own": "given"}


@dataclass(frozen=True)
class Start:
    """What a client is started with: where it lies, its home, the server, the model."""

    folder: Path
    home: Path
    url: str
    seconds: float
    model: str


@dataclass(frozen=True)
class Launch:
    """A command and the variables that it is given beside PATH and HOME."""

    command: tuple[str, ...]
    environ: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class RealClient:
    """One version of one client; `drives` is who makes it call its tools.

    script: a few lines of ours. stdio: its own stdio side. model: the stand-in. once:
    its command line, for one call and no longer.
    """

    name: str
    version: str
    package: str
    packages: Npm | Pip
    start: Callable[[Start], Launch]
    drives: Literal["script", "stdio", "model", "once"] = "script"

    @property
    def key(self) -> str:
        return f"{self.name}@{self.version}"

    def install(self) -> Path:
        """Return where it lies, installed; raises Unavailable if it cannot be had."""
        return installed(self.packages, f"{self.name}-{self.version}")

    @property
    def there(self) -> bool:
        """Tell whether it has been installed before."""
        return (cache() / f"{self.name}-{self.version}" / "complete").is_file()


# --- clients that are libraries -------------------------------------------------------


def _node(script: str) -> Callable[[Start], Launch]:
    def start(given: Start) -> Launch:
        node = sdk_clients.executable("node")
        path = str(_SCRIPTS / f"{script}.mjs")
        return Launch((node, path, given.url, str(given.seconds)))

    return start


def _python(script: str) -> Callable[[Start], Launch]:
    def start(given: Start) -> Launch:
        python = str(given.folder / "bin" / "python")
        path = str(_SCRIPTS / f"{script}.py")
        return Launch((python, path, given.url, str(given.seconds)))

    return start


# --- bridges --------------------------------------------------------------------------


def _bin(given: Start, script: str, *arguments: str) -> tuple[str, ...]:
    node = sdk_clients.executable("node")
    path = given.folder / "node_modules" / ".bin" / script
    return (node, str(path.resolve()), *arguments)


def _mcp_remote(given: Start) -> Launch:
    own = ("--header", "X-Own:given")
    return Launch(_bin(given, "mcp-remote", given.url, "--allow-http", *own))


def _supergateway(given: Start) -> Launch:
    own = ("--header", "X-Own: given")
    return Launch(_bin(given, "supergateway", "--streamableHttp", given.url, *own))


def _mcp_proxy(given: Start) -> Launch:
    way = ("--transport", "streamablehttp", "-H", "X-Own", "given")
    return Launch((str(given.folder / "bin" / "mcp-proxy"), *way, given.url))


# --- agents ---------------------------------------------------------------------------


def _write(path: Path, value: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(value if isinstance(value, str) else json.dumps(value, indent=2))


def _claude_code(given: Start) -> Launch:
    config = given.home / "mcp.json"
    server = {"type": "http", "url": given.url, "headers": _OWN}
    _write(config, {"mcpServers": {"faulty": server}})
    binary = "node_modules/@anthropic-ai/claude-code-linux-x64/claude"
    asked = ("-p", _ASK, "--mcp-config", str(config), "--strict-mcp-config")
    allowed = ("--allowedTools", "mcp__faulty__echo")
    return Launch(
        (str(given.folder / binary), *asked, *allowed),
        {
            "ANTHROPIC_BASE_URL": given.model,
            "ANTHROPIC_API_KEY": "sk-ant-none",
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
            "MCP_CONNECTION_NONBLOCKING": "0",
            "ENABLE_TOOL_SEARCH": "false",
        },
    )


def _gemini_cli(given: Start) -> Launch:
    _write(
        given.home / ".gemini" / "settings.json",
        {
            "mcpServers": {"faulty": {"httpUrl": given.url, "headers": _OWN}},
            "security": {"auth": {"selectedType": "gemini-api-key"}},
            "privacy": {"usageStatisticsEnabled": False},
            "general": {"disableAutoUpdate": True, "enableAutoUpdate": False},
            "telemetry": {"enabled": False},
        },
    )
    model = ("-m", "gemini-2.5-flash")
    return Launch(
        _bin(given, "gemini", "-p", _ASK, "--yolo", *model),
        {
            "GEMINI_API_KEY": "none",
            "GOOGLE_GEMINI_BASE_URL": given.model,
            "GEMINI_CLI_TRUST_WORKSPACE": "true",
            "GEMINI_CLI_NO_RELAUNCH": "true",
            "GEMINI_SANDBOX": "false",
        },
    )


def _qwen_code(given: Start) -> Launch:
    _write(
        given.home / ".qwen" / "settings.json",
        {
            "mcpServers": {"faulty": {"httpUrl": given.url, "headers": _OWN}},
            "security": {"auth": {"selectedType": "openai"}},
            "privacy": {"usageStatisticsEnabled": False},
            "general": {"disableAutoUpdate": True, "enableAutoUpdate": False},
            "tools": {"toolSearch": {"enabled": False}},
        },
    )
    return Launch(
        _bin(given, "qwen", "-p", _ASK, "--yolo"),
        {
            "OPENAI_API_KEY": "none",
            "OPENAI_BASE_URL": f"{given.model}/v1",
            "OPENAI_MODEL": "m",
            "QWEN_SANDBOX": "false",
        },
    )


def _codex(given: Start) -> Launch:
    _write(
        given.home / ".codex" / "config.toml",
        f"""
model = "m"
model_provider = "stand"
check_for_update_on_startup = false
[analytics]
enabled = false
[model_providers.stand]
name = "stand"
base_url = "{given.model}/v1"
wire_api = "responses"
[mcp_servers.faulty]
url = "{given.url}"
http_headers = {{ X-Own = "given" }}
""",
    )
    found = (given.folder / "node_modules/@openai").glob(
        "codex-linux-*/vendor/*/**/codex"
    )
    binary = next(str(path) for path in found if path.is_file())
    free = "--dangerously-bypass-approvals-and-sandbox"
    return Launch((binary, "exec", "--skip-git-repo-check", free, _ASK))


def _copilot_cli(given: Start) -> Launch:
    server = {"type": "http", "url": given.url, "headers": _OWN, "tools": ["*"]}
    _write(
        given.home / ".copilot" / "mcp-config.json", {"mcpServers": {"faulty": server}}
    )
    binary = given.folder / "node_modules/@github/copilot-linux-x64/copilot"
    return Launch(
        (str(binary), "-p", _ASK, "--allow-all-tools", "--no-auto-update"),
        {
            "COPILOT_PROVIDER_BASE_URL": f"{given.model}/v1",
            "COPILOT_PROVIDER_TYPE": "openai",
            "COPILOT_PROVIDER_API_KEY": "none",
            "COPILOT_MODEL": "m",
            "COPILOT_OFFLINE": "true",
        },
    )


def _opencode(given: Start) -> Launch:
    server = {"type": "remote", "url": given.url, "enabled": True, "headers": _OWN}
    options = {"baseURL": f"{given.model}/v1", "apiKey": "none"}
    provider = {"npm": "@ai-sdk/openai-compatible", "options": options}
    _write(
        given.home / ".config" / "opencode" / "opencode.json",
        {
            "mcp": {"faulty": server},
            "provider": {"stand": {**provider, "models": {"m": {"tool_call": True}}}},
            "model": "stand/m",
            "small_model": "stand/m",
            "autoupdate": False,
            "share": "disabled",
        },
    )
    binary = next(
        path
        for path in sorted((given.folder / "node_modules").glob("opencode-linux-x64*"))
        if "musl" not in path.name
    )
    return Launch(
        (str(binary / "bin" / "opencode"), "run", _ASK),
        {"OPENCODE_DISABLE_MODELS_FETCH": "1", "OPENCODE_DISABLE_AUTOUPDATE": "1"},
    )


def _cline(given: Start) -> Launch:
    server = {"type": "streamableHttp", "url": given.url, "headers": _OWN}
    settings = given.home / ".cline" / "data" / "settings"
    _write(settings / "cline_mcp_settings.json", {"mcpServers": {"faulty": server}})
    binary = str(given.folder / "node_modules/@cline/cli-linux-x64/bin/cline")
    model = f"{given.model}/v1"
    auth = f"{binary} auth -p openai-compatible -k none -m m -b {model}"
    return Launch(("sh", "-c", f"{auth} && exec {binary} '{_ASK}'"))


def _inspector(given: Start) -> Launch:
    way = ("--cli", given.url, "--transport", "http", "--header", "X-Own: given")
    call = ("--method", "tools/call", "--tool-name", "echo", "--tool-arg", "text=x")
    return Launch(_bin(given, "mcp-inspector", *way, *call))


def _npm(*packages: str) -> Npm:
    return Npm(packages)


_V1 = ("mcp==1.30.0", "httpx==0.28.1")
_V2 = ("mcp==2.3.0", "httpx2==2.16.2")

CLIENTS: tuple[RealClient, ...] = (
    RealClient(
        "mcp-typescript",
        "1.32.2",
        "@modelcontextprotocol/sdk",
        _npm("@modelcontextprotocol/sdk@1.32.2"),
        _node("typescript-1"),
    ),
    RealClient(
        "mcp-typescript",
        "2.4.0",
        "@modelcontextprotocol/client",
        _npm("@modelcontextprotocol/client@2.4.0"),
        _node("typescript-2"),
    ),
    RealClient(
        "ai-sdk", "2.0.99", "@ai-sdk/mcp", _npm("@ai-sdk/mcp@2.0.99"), _node("ai-sdk")
    ),
    RealClient("mcp-python", "1.30.0", "mcp", Pip(_V1), _python("mcp-python-1")),
    RealClient("mcp-python", "2.3.0", "mcp", Pip(_V2), _python("mcp-python-2")),
    RealClient(
        "fastmcp",
        "4.2.3",
        "fastmcp",
        Pip(("fastmcp==4.2.3", *_V2)),
        _python("fast-mcp"),
    ),
    RealClient(
        "langchain",
        "0.3.2",
        "langchain-mcp-adapters",
        Pip(("langchain-mcp-adapters==0.3.2", *_V1)),
        _python("lang-chain"),
    ),
    RealClient(
        "pydantic-ai",
        "2.68.0",
        "pydantic-ai-slim[mcp]",
        Pip(("pydantic-ai-slim[mcp]==2.68.0", *_V2)),
        _python("pydantic-ai"),
    ),
    RealClient(
        "openai-agents",
        "0.24.0",
        "openai-agents",
        Pip(("openai-agents==0.24.0", *_V2)),
        _python("openai-agents"),
    ),
    RealClient(
        "mcp-remote",
        "0.15.1",
        "mcp-remote",
        _npm("mcp-remote@0.15.1"),
        _mcp_remote,
        "stdio",
    ),
    RealClient(
        "supergateway",
        "4.0.0",
        "supergateway",
        _npm("supergateway@4.0.0"),
        _supergateway,
        "stdio",
    ),
    RealClient(
        "mcp-proxy",
        "0.13.0",
        "mcp-proxy",
        Pip(("mcp-proxy==0.13.0",)),
        _mcp_proxy,
        "stdio",
    ),
    RealClient(
        "claude-code",
        "2.1.332",
        "@anthropic-ai/claude-code",
        _npm("@anthropic-ai/claude-code@2.1.332"),
        _claude_code,
        "model",
    ),
    RealClient(
        "gemini-cli",
        "0.61.0",
        "@google/gemini-cli",
        _npm("@google/gemini-cli@0.61.0"),
        _gemini_cli,
        "model",
    ),
    RealClient(
        "qwen-code",
        "0.24.4",
        "@qwen-code/qwen-code",
        _npm("@qwen-code/qwen-code@0.24.4"),
        _qwen_code,
        "model",
    ),
    RealClient(
        "codex",
        "0.171.0",
        "@openai/codex",
        _npm("@openai/codex@0.171.0"),
        _codex,
        "model",
    ),
    RealClient(
        "copilot-cli",
        "1.0.102",
        "@github/copilot",
        _npm("@github/copilot@1.0.102"),
        _copilot_cli,
        "model",
    ),
    RealClient(
        "opencode",
        "1.18.33",
        "opencode-ai",
        _npm("opencode-ai@1.18.33"),
        _opencode,
        "model",
    ),
    RealClient("cline", "3.0.65", "cline", _npm("cline@3.0.65"), _cline, "model"),
    RealClient(
        "mcp-inspector",
        "2.12.0",
        "@modelcontextprotocol/inspector",
        _npm("@modelcontextprotocol/inspector@2.12.0"),
        _inspector,
        "once",
    ),
)


def client_called(key: str) -> tuple[RealClient, ...]:
    """Return the clients of this name, or the one of this name and version.

    Raises LookupError, with those that there are, if there is none.
    """
    found = tuple(c for c in CLIENTS if key in (c.name, c.key))
    if not found:
        known = ", ".join(c.key for c in CLIENTS)
        raise LookupError(f"No client {key!r} can be run here. There are: {known}")
    return found
