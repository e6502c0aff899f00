"""From what a person typed to how the server is reached."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from pydantic import SecretStr

from streamtriage.languages import translate
from streamtriage.model import Intake, Target
from streamtriage.model.addresses import port_of
from streamtriage.redaction import holds_a_secret
from streamtriage.refusal import InWordsError
from streamtriage.transport.http_library import httpx
from streamtriage.transport.name_lookup import is_plain_name
from streamtriage.transport.trust_stores import problem_of, stores_at_hand

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streamtriage.redaction import Raw

__all__ = ["IntakeError", "shown", "target_of"]


_MASK = str(SecretStr("any"))


class IntakeError(InWordsError, ValueError):
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
    return Target(
        url=str(url),
        headers=_headers(intake, env),
        second_authorization=_second(intake, env),
        proxy=_given_proxy(intake) or _proxy(url, env),
        ca_file=_ca_file(intake, env, encrypted=url.scheme == "https"),
    )


def shown(target: Target) -> Raw[Target]:
    """Return the target without what is sent as a secret; its URL is still to cross.

    Headers hold the mask that JSON shows in place of a secret, so that a report in
    memory carries none and equals its own round trip.
    """
    proxy = None
    if target.proxy:
        parsed = httpx.URL(target.proxy)
        proxy = f"{parsed.scheme}://{parsed.host}:{parsed.port or ''}".rstrip(":")
    masked = {name: SecretStr(_MASK) for name in target.headers}
    changes: dict[str, object] = {"proxy": proxy, "headers": masked}
    if target.second_authorization is not None:
        changes["second_authorization"] = SecretStr(_MASK)
    return target.model_copy(update=changes)


def _url(text: str) -> httpx.URL:
    text = text.strip()
    if not text:
        raise IntakeError(
            translate("No server URL was given. Type one like https://host/mcp.")
        )
    if any(char.isspace() or not char.isprintable() for char in text):
        raise IntakeError(
            translate("The URL has blanks or control characters inside it.")
        )
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, UnicodeError, ValueError):
        raise IntakeError(
            translate("The URL cannot be read. Type one like https://host:8000/mcp.")
        ) from None
    if url.scheme not in ("http", "https"):
        # What stands before the colon is not repeated: it may be a user name or a key.
        raise IntakeError(translate("The URL must start with http:// or https://."))
    if not url.host or not _resolvable(url.host):
        raise IntakeError(
            translate(
                "The URL names no host that can exist. Type one like https://host/mcp."
            )
        )
    if url.port is not None and not 0 < url.port < 65536:
        raise IntakeError(translate("The URL's port must be a number from 1 to 65535."))
    if url.userinfo:
        raise IntakeError(
            translate(
                "The URL has a user name or password in it, which fetch "
                "refuses. Put the credential into an environment variable "
                "and name it with --auth-env."
            )
        )
    return url.copy_with(fragment=None)


def _resolvable(host: str) -> bool:
    """Tell whether the resolver would take the name at all: labels of 1 to 63 bytes."""
    try:
        if not is_plain_name(host):
            host.encode("idna")
    except UnicodeError:
        return False
    # httpx writes what no name can hold as %XX; in an IPv6 address % starts a zone.
    return "%" not in host or ":" in host


def _ca_file(intake: Intake, env: Mapping[str, str], *, encrypted: bool) -> str | None:
    ca_file = intake.ca_file
    if not ca_file:
        # What a client's variable names and nobody can read, clients pass over.
        stores = stores_at_hand(env, encrypted=encrypted)
        extra = [s for s in stores if s.name == "NODE_EXTRA_CA_CERTS"]
        return next((each.path for each in extra if not each.problem), None)
    problem = problem_of(ca_file)
    if problem:
        raise IntakeError(
            translate(
                "The CA file {ca_file!r} cannot be used: {problem}. Give "
                "the path of a PEM file, which has -----BEGIN "
                "CERTIFICATE----- in it.",
                ca_file=ca_file,
                problem=problem,
            )
        )
    return ca_file


def _headers(intake: Intake, env: Mapping[str, str]) -> dict[str, SecretStr]:
    headers: dict[str, SecretStr] = {}
    for number, (name, variable) in enumerate(intake.header_envs.items(), 1):
        _check_name(name, number)
        headers[name] = SecretStr(_secret(variable, env))
    if intake.auth_env:
        headers["Authorization"] = _authorization(intake.auth_env, env)
    return headers


def _authorization(variable: str, env: Mapping[str, str]) -> SecretStr:
    value = _secret(variable, env)
    has_scheme = value.lower().startswith(("bearer ", "basic "))
    return SecretStr(value if has_scheme else f"Bearer {value}")


def _second(intake: Intake, env: Mapping[str, str]) -> SecretStr | None:
    """Return the other credential; a comparison needs a first one to compare with."""
    if not intake.second_auth_env:
        return None
    if not intake.auth_env:
        raise IntakeError(
            translate(
                "A second credential was given without a first one. Name "
                "the variable of the first one too: auth_env, or "
                "--auth-env."
            )
        )
    return _authorization(intake.second_auth_env, env)


# This tool opens, uses and deletes a session of its own, never the person's; and what
# frames a message is for the connection to say.
_OURS = frozenset(
    {
        "mcp-session-id",
        "last-event-id",
        "content-length",
        "transfer-encoding",
        "connection",
    }
)


def _check_name(name: str, number: int) -> None:
    if not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name):  # RFC 9110, 5.6.2
        # Not repeated: people paste a whole header with its secret here.
        raise IntakeError(
            translate(
                "Header number {number} has a name that no HTTP header can "
                "have. Give NAME=VARIABLE, for example X-Api-Key=MY_KEY.",
                number=number,
            )
        )
    if name.lower() in _OURS:
        raise IntakeError(
            translate(
                "The header {name} cannot be given: this tool opens a "
                "session of its own and sets it itself.",
                name=name,
            )
        )


def _secret(variable: str, env: Mapping[str, str]) -> str:
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_.()-]{0,99}", variable) or holds_a_secret(
        variable
    ):
        raise IntakeError(
            translate(
                "That looks like the secret itself. Give the name of an "
                "environment variable that holds it, so that it is written "
                "nowhere."
            )
        )
    value = env.get(variable)
    if not value:
        raise IntakeError(
            translate(
                "The environment variable {variable} is not set or is "
                "empty. Export it in the shell that starts this tool.",
                variable=variable,
            )
        )
    if value != value.strip() or not value.isprintable() or not value.isascii():
        raise IntakeError(
            translate(
                "The value of {variable} has a blank or newline at an end, "
                "or a character that no HTTP header may hold. Set it "
                "again, for example with printf.",
                variable=variable,
            )
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
        raise IntakeError(
            translate("The proxy cannot be read. Type one like http://proxy:3128.")
        )
    if proxy.userinfo:
        raise IntakeError(
            translate(
                "The proxy has a user name or password in it. Leave "
                "--proxy out and export HTTPS_PROXY with the credentials "
                "in the shell that starts this tool."
            )
        )
    return str(proxy)


def _proxy(url: httpx.URL, env: Mapping[str, str]) -> str | None:
    variable = f"{url.scheme}_proxy"
    proxy = _variable(variable, env).strip()
    if not proxy or _bypassed(url, _variable("no_proxy", env)):
        return None
    if "://" not in proxy:
        proxy = f"http://{proxy}"
    if not proxy.lower().startswith(("http://", "https://")):
        return None
    try:
        parsed = httpx.URL(proxy)
    except (httpx.InvalidURL, UnicodeError, ValueError):
        parsed = httpx.URL()
    port = parsed.port or 80
    if not parsed.host or not _resolvable(parsed.host) or not 0 < port < 65536:
        # Not repeated: there may be a password in it.
        raise IntakeError(
            translate(
                "The proxy in the environment variable {upper} cannot be "
                "read. Set it like http://proxy:3128, or unset it.",
                upper=variable.upper(),
            )
        )
    return proxy


def _variable(name: str, env: Mapping[str, str]) -> str:
    """Return a proxy variable; the lower-case spelling wins, as with curl and Node."""
    return env.get(name) or env.get(name.upper()) or ""


def _bypassed(url: httpx.URL, no_proxy: str) -> bool:
    """Apply NO_PROXY: hosts or domains, with or without a port, or `*` for all."""
    host = url.host.lower()
    port = str(port_of(url.scheme, url.port))
    for rule in re.split(r"[\s,]+", no_proxy.lower()):
        name, wanted = _rule(rule)
        if not name or wanted not in ("", port):
            continue
        domain = name.removeprefix("*").removeprefix(".")
        if name == "*" or host == domain or host.endswith(f".{domain}"):
            return True
    return False


def _rule(rule: str) -> tuple[str, str]:
    """Split host and port; an IPv6 address may stand in brackets or alone."""
    if match := re.fullmatch(r"\[([^\]]*)\](?::(\d+))?|([^:]*):(\d+)", rule):
        return match[1] or match[3] or "", match[2] or match[4] or ""
    return rule, ""
