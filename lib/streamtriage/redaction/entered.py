"""Refuses a secret where its name, or nothing secret at all, was asked for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from streamtriage.languages import translate
from streamtriage.model import Intake, entries
from streamtriage.redaction import holds_a_secret, shown_text

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["URL_VARIABLE", "why_secret"]

# A URL that is a secret in itself is named, as every other secret is.
URL_VARIABLE = re.compile(r"env:(?P<name>[A-Za-z_][A-Za-z0-9_]{0,99})")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")
_SHOUTED = re.compile(r"[A-Z_][A-Z0-9_]{0,99}")
_HOME = re.compile(r"(/(?:home|Users)/)[^/]+")


def why_secret(given: Mapping[str, Any]) -> str:
    """Return why something in `given` may not be kept, or an empty text.

    Fields are those of `Intake`, judged by their kind; what was pasted is redacted
    later, and never refused. The answer quotes nothing that was given.
    """
    for entry in entries(Intake).values():
        value = given.get(entry.field)
        if not value:
            continue
        if entry.kind in ("variable", "variables"):
            names = value.values() if entry.kind == "variables" else (value,)
            if not all(map(_may_be_a_name, names)):
                return translate(
                    "{field}: it takes the name of an environment variable, such as "
                    "MCP_TOKEN. What was given looks like the secret itself; delete it "
                    "here and export it in the environment. Change it if others could "
                    "read it.",
                    field=entry.field,
                )
        elif entry.kind == "address":
            if holds_a_secret(value, address=True):
                why = translate(_ADDRESS), translate(_OTHERWISE[entry.main])
                between = "" if why[0].endswith("。") else " "
                return f"{entry.field}: {between.join(why)}"
        elif entry.kind in ("words", "file") and not _plain(value):
            return translate(
                "{field}: what was given looks like a secret.", field=entry.field
            )
    return ""


_ADDRESS = "the address has a query, a user name or a key in it, which may be a secret."
_OTHERWISE = {
    True: (
        "Put the whole address into an environment variable and write "
        "env:NAME_OF_THE_VARIABLE in its place."
    ),
    False: (
        "Give it without; a proxy with a password belongs into HTTPS_PROXY, which is "
        "read from the environment."
    ),
}


def _may_be_a_name(name: str) -> bool:
    # Tokens fit the grammar of names too, so one in small letters is held to be one.
    plain = _NAME.fullmatch(name) and not holds_a_secret(name)
    shouted = _SHOUTED.fullmatch(name)
    return bool(plain) and (bool(shouted) or not any(map(str.isdigit, name)))


def _plain(text: str) -> bool:
    # The name of a home folder is hidden in what is shown, and is no secret here.
    return shown_text(text) in (text, _HOME.sub(r"\1<user>", text))
