"""What may be told of a secret: never its value."""

from __future__ import annotations

import base64
import binascii
import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from streamtriage.model import SecretFacts
from streamtriage.on_first_use import compile_later

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["PLACEHOLDER", "facts_of", "named_token", "placeholders"]

# Every form that some client or shell expands; which one does is the client's own rule.
PLACEHOLDER = compile_later(
    r"\$\{(?P<kind>env:|input:)?(?P<braced>[A-Za-z_][A-Za-z0-9_.-]*)(?P<default>:-[^}]*)?\}"
    r"|\{(?P<kind2>env:|file:)(?P<open>[^}\s]+)\}"
    r"|\{\{\s*(?P<double>[A-Za-z_]\w*)\s*\}\}"
    r"|\$(?P<bare>[A-Z_][A-Z0-9_]+)(?![\w}])"
    r"|%(?P<percent>[A-Z_][A-Z0-9_]+)%"
)
_JWT = compile_later(r"eyJ[\w-]+\.[\w-]+\.[\w-]*")
_SCHEME = compile_later(
    r"(Bearer|Basic|Token|ApiKey|Digest|Negotiate)\s+", re.IGNORECASE
)
_FILL_IN = compile_later(
    r"<[^>]+>|your[-_ ].*|x{4,}|\.{3}|changeme|todo|replace.?me", re.IGNORECASE
)

Length = Literal["empty", "short", "usual", "long"]


def placeholders(text: str) -> tuple[str, ...]:
    """Return the names of the variables that a text refers to, never a default."""
    names = []
    for found in PLACEHOLDER.finditer(text):
        if found["kind2"] == "file:":
            continue
        names.append(
            found["braced"]
            or found["open"]
            or found["double"]
            or found["bare"]
            or found["percent"]
        )
    return tuple(dict.fromkeys(names))


def _length(value: str) -> Length:
    size = len(value)
    if size < 16:
        return "short" if size else "empty"
    return "usual" if size <= 4096 else "long"


def facts_of(name: str, value: str, environ: Mapping[str, str]) -> SecretFacts:
    """Reduce a header's or variable's value to what may be told of it."""
    scheme = _SCHEME.match(value.lstrip())
    rest = value.strip()[len(scheme[0]) :] if scheme else value.strip()
    names = placeholders(value)
    form: Literal["", "jwt", "placeholder"] = ""
    if names or _FILL_IN.fullmatch(rest):
        form = "placeholder"
    elif _JWT.fullmatch(rest):
        form = "jwt"
    return SecretFacts(
        name=name,
        length=_length(rest),
        scheme=scheme[1].capitalize() if scheme else "",
        form=form,
        newline="\n" in value or "\r" in value,
        outer_blank=value != value.strip(" \t"),
        variables=names,
        unset=tuple(each for each in names if not environ.get(each)),
    )


def named_token(name: str, environ: Mapping[str, str]) -> SecretFacts:
    """Tell of a variable that the person named, with a JWT's expiry."""
    value = environ.get(name)
    if value is None:
        return SecretFacts(name=name, given=False, length="empty")
    facts = facts_of(name, value, {})
    token = value.strip().rpartition(" ")[2]
    return facts.model_copy(update={"expires": _expiry(token), "unset": ()})


def _expiry(token: str) -> str:
    if not _JWT.fullmatch(token):
        return ""
    body = token.split(".")[1]
    try:
        claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        moment = datetime.fromtimestamp(float(claims["exp"]), UTC)
    except (
        binascii.Error,
        ValueError,
        KeyError,
        TypeError,
        OverflowError,
        OSError,
        RecursionError,
    ):
        return ""
    return moment.isoformat(timespec="seconds")
