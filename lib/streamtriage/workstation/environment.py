"""Environment variables that matter, and of each only what may be told."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from streamtriage.knowledge.client_variables import known_variables
from streamtriage.model import Variable
from streamtriage.on_first_use import compile_later
from streamtriage.redaction import cut, shown_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streamtriage.knowledge.client_variables import KnownVariable
    from streamtriage.workstation.filesystem import Surroundings

__all__ = ["keep_secrets", "variables"]

# Whoever names a variable so keeps a secret in it.
_SECRET_NAME = compile_later(
    r"TOKEN|SECRET|PASSW|PASSPHRASE|CREDENTIAL|_KEY$|APIKEY|AUTH$", re.IGNORECASE
)
_PLAIN = compile_later(r"[A-Za-z0-9_.,:=+-]{0,40}")
_FLAG = compile_later(
    r"--(?:use-system-ca|use-openssl-ca|use-bundled-ca|use-env-proxy|dns-result-order"
    r"|no-network-family-autoselection|tls-min-v1\.[0-3]|insecure-http-parser"
    r"|max-http-header-size|max-old-space-size)(?:=[\w.-]{1,20})?"
)


def variables(
    around: Surroundings, settings: Mapping[str, tuple[str, str]]
) -> tuple[Variable, ...]:
    """Return the variables that are set, from the shell and from settings files."""
    found = []
    for row in known_variables():
        value = around.environ.get(row.name)
        if value is not None:
            found.append(_variable(row, value, "environment", around))
        if row.name in settings:
            value, where = settings[row.name]
            found.append(_variable(row, value, where, around))
    return tuple(found)


def _variable(
    row: KnownVariable, value: str, where: str, around: Surroundings
) -> Variable:
    return Variable(
        name=row.name,
        where=where,
        value=_shown(row, value, around),
        does=row.does,
        source=row.source,
    )


def _shown(row: KnownVariable, value: str, around: Surroundings) -> str:
    if row.shows == "set" or not value:
        return "set" if value else "empty"
    if row.shows == "url":
        return _proxy(value)
    if row.shows == "path":
        return cut(around.shown(value), 200)
    if row.shows == "hosts":
        return shown_text(value, 300)
    if row.shows == "flags":
        return " ".join(found[0] for found in _FLAG.finditer(value)) or "set"
    # A value of an unexpected form may be anything, also a secret in a wrong place.
    return value if _PLAIN.fullmatch(value) else "set"


def _proxy(value: str) -> str:
    """Keep scheme, host and port of a proxy; even its user name goes."""
    scheme, sign, rest = value.rpartition("://")
    host = rest.rpartition("@")[2].partition("/")[0]
    if not re.fullmatch(
        r"(?:[\w.-]{1,253}|\[[0-9a-fA-F:.]{2,45}\])(?::\d{1,5})?", host
    ):
        return "set"
    return shown_text(f"{scheme}{sign}{host}", 300)


def keep_secrets(around: Surroundings, environ: Mapping[str, str]) -> None:
    """Remember values that must not turn up anywhere, such as in a server's answer."""
    for row in known_variables():
        if row.shows == "set":
            around.keep_secret(row.name, environ.get(row.name, ""))
    for name, value in environ.items():
        if _SECRET_NAME.search(name) and "/" not in value[:1]:
            around.keep_secret(name, value)
        if name.lower().endswith("_proxy") and "@" in value:
            userinfo = value.rpartition("@")[0].rpartition("/")[2]
            around.keep_secret(name, userinfo)
            around.keep_secret(name, userinfo.partition(":")[2])
