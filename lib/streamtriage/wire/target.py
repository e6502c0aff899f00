"""From what a person typed to how the server is reached."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from urllib.request import proxy_bypass_environment

import httpx
from pydantic import SecretStr

from streamtriage.model import Intake, Target

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["IntakeError", "shown", "target_of"]


class IntakeError(ValueError):
    """What was typed cannot be used; the message says what to type instead."""


def target_of(intake: Intake, environ: Mapping[str, str] | None = None) -> Target:
    """Return how to reach the server that the intake names.

    Secrets and proxies are read from `environ`, by default the process's own.
    Raises IntakeError.
    """
    env = os.environ if environ is None else environ
    url = _url(intake.url)
    if intake.provider_url:
        _url(intake.provider_url)
    ca_file = intake.ca_file or env.get("NODE_EXTRA_CA_CERTS") or None
    if ca_file and not os.path.isfile(ca_file):  # noqa: PTH113 - a plain question
        raise IntakeError(
            f"The CA file {ca_file!r} does not exist. Give the path of a PEM file."
        )
    return Target(
        url=str(url),
        headers=_headers(intake, env),
        proxy=_given_proxy(intake) or _proxy(url, env),
        ca_file=ca_file,
    )


def shown(target: Target, url: str) -> Target:
    """Return the target as a report may show it, with an already redacted URL."""
    proxy = None
    if target.proxy:
        parsed = httpx.URL(target.proxy)
        proxy = f"{parsed.scheme}://{parsed.host}:{parsed.port or ''}".rstrip(":")
    return target.model_copy(update={"url": url, "proxy": proxy})


def _url(text: str) -> httpx.URL:
    text = text.strip()
    if not text:
        raise IntakeError("No server URL was given. Type one like https://host/mcp.")
    if any(char.isspace() or not char.isprintable() for char in text):
        raise IntakeError("The URL has blanks or control characters inside it.")
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, UnicodeError, ValueError):
        raise IntakeError(
            "The URL cannot be read. Type one like https://host:8000/mcp."
        ) from None
    if url.scheme not in ("http", "https"):
        raise IntakeError(
            f"The URL starts with {url.scheme or 'no scheme'!r}; "
            "it must start with http:// or https://."
        )
    if not url.host:
        raise IntakeError("The URL names no host. Type one like https://host/mcp.")
    if url.userinfo:
        raise IntakeError(
            "The URL has a user name or password in it, which fetch refuses. Put the "
            "credential into an environment variable and name it with --auth-env."
        )
    return url.copy_with(fragment=None)


def _headers(intake: Intake, env: Mapping[str, str]) -> dict[str, SecretStr]:
    headers = {
        name: SecretStr(_secret(variable, env))
        for name, variable in intake.header_envs.items()
        if _is_token(name)
    }
    if intake.auth_env:
        value = _secret(intake.auth_env, env)
        has_scheme = value.lower().startswith(("bearer ", "basic "))
        headers["Authorization"] = SecretStr(value if has_scheme else f"Bearer {value}")
    return headers


def _is_token(name: str) -> bool:
    # RFC 9110, 5.6.2
    if name and all(
        c.isascii() and (c.isalnum() or c in "!#$%&'*+-.^_`|~") for c in name
    ):
        return True
    raise IntakeError(f"{name!r} cannot be the name of an HTTP header.")


def _secret(variable: str, env: Mapping[str, str]) -> str:
    if "=" in variable or variable.lower().startswith("bearer "):
        raise IntakeError(
            "That looks like the secret itself. Give the name of an environment "
            "variable that holds it, so that it is written nowhere."
        )
    value = env.get(variable)
    if not value:
        raise IntakeError(
            f"The environment variable {variable} is not set or is empty. "
            "Export it in the shell that starts this tool."
        )
    if value != value.strip() or not value.isprintable() or not value.isascii():
        raise IntakeError(
            f"The value of {variable} has a blank or newline at an end, or a character "
            "that no HTTP header may hold. Set it again, for example with printf."
        )
    return value


def _given_proxy(intake: Intake) -> str | None:
    """Return the proxy that the person names; its password belongs elsewhere."""
    if not intake.proxy.strip():
        return None
    try:
        proxy = httpx.URL(intake.proxy.strip())
    except (httpx.InvalidURL, UnicodeError, ValueError):
        proxy = httpx.URL()
    if proxy.scheme not in ("http", "https") or not proxy.host:
        raise IntakeError("The proxy cannot be read. Type one like http://proxy:3128.")
    if proxy.userinfo:
        raise IntakeError(
            "The proxy has a user name or password in it. Leave --proxy out, and export "
            "HTTPS_PROXY with the credentials in the shell that starts this tool."
        )
    return str(proxy)


def _proxy(url: httpx.URL, env: Mapping[str, str]) -> str | None:
    lower = {name.lower(): value for name, value in env.items() if value}
    no_proxy = lower.get("no_proxy", "")
    proxy = lower.get(f"{url.scheme}_proxy")
    netloc = url.netloc.decode("ascii")
    if not proxy or proxy_bypass_environment(netloc, {"no": no_proxy}):
        return None
    if "://" not in proxy:
        proxy = f"http://{proxy}"
    if not proxy.startswith(("http://", "https://")):
        return None
    return proxy
