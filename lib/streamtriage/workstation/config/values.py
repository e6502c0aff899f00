"""Mistakes in the values of an entry: variables that stay, blanks, line breaks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from streamtriage.knowledge.versions import version_of
from streamtriage.workstation.secret_facts import PLACEHOLDER

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator, Mapping

    from streamtriage.model import RemoteServer, ShapeProblem
    from streamtriage.workstation.config.entries import Source

__all__ = ["blank_mistakes", "variable_mistakes"]

# claude-code CHANGELOG: headers are expanded from here on.
_HEADERS_EXPANDED: tuple[int, ...] = (2, 1, 119)


def _form(found: re.Match[str]) -> str:
    if found["braced"]:
        return {"env:": "env", "input:": "input"}.get(found["kind"] or "", "braced")
    if found["open"]:
        return "open"
    return "bare" if found["bare"] else "other"


_FORMS = {
    "braced": "${NAME}",
    "env": "${env:NAME}",
    "input": "${input:name}",
    "bare": "$NAME",
    "open": "{env:NAME}",
}


def variable_mistakes(
    server: RemoteServer,
    url: str,
    raw: Mapping[str, Any],
    source: Source,
    known: Mapping[str, str],
) -> Iterator[ShapeProblem]:
    """Yield the variables that the client leaves as they stand, or that are unset."""
    rules = source.dialect
    if rules.expands is None or server.wrapper:
        return
    sections = [raw.get(section) for section in (*rules.header_keys, "headers")]
    headers = [
        (f"the header {key}", value)
        for section in sections
        if isinstance(section, dict)
        for key, value in section.items()
        if isinstance(value, str)
    ]
    seen: set[tuple[str, str]] = set()
    for place, text in [("the address", url), *headers]:
        for found in PLACEHOLDER.finditer(text):
            one = _one_variable(found, place, server, source, known)
            if one is not None and (one.kind, one.says) not in seen:
                seen.add((one.kind, one.says))
                yield one
    for fact in server.header_facts:
        if fact.unset and rules.client == "Codex":
            yield _unset(source, server.name, f"the header {fact.name}", fact.unset[0])


def _one_variable(
    found: re.Match[str],
    place: str,
    server: RemoteServer,
    source: Source,
    known: Mapping[str, str],
) -> ShapeProblem | None:
    rules, form = source.dialect, _form(found)
    expands = rules.expands or ()
    name = found["braced"] or found["open"] or found["double"] or found["bare"]
    name = name or found["percent"]
    if form not in expands:
        if form == "bare" and place == "the address":
            return None  # a dollar sign is an ordinary character of a path
        right = _FORMS[expands[0]] if expands else "no variable at all"
        return source.problem(
            "variable-not-expanded",
            server.name,
            f"{place.capitalize()} of {server.name} refers to {name} in a form that "
            f"{rules.client} sends as it stands.",
            f"{rules.client} knows {right}."
            if expands
            else 'Name the variable in "bearer_token_env_var" or "env_http_headers".',
        )
    version = version_of(source.client_version)
    if (
        rules.client == "Claude Code"
        and place != "the address"
        and version
        and version < _HEADERS_EXPANDED
    ):
        return source.problem(
            "variable-not-expanded",
            server.name,
            f"{place.capitalize()} of {server.name} refers to {name}, but Claude Code "
            f"{source.client_version} does not expand variables in headers.",
            "Update to 2.1.119 or later.",
        )
    if found["default"] or known.get(name) or form == "input":
        return None
    return _unset(source, server.name, place, name)


def _unset(source: Source, server: str, place: str, name: str) -> ShapeProblem:
    return source.problem(
        "variable-unset",
        server,
        f"{place.capitalize()} of {server} needs the variable {name}, which is not set "
        "where this runs.",
        f"Set {name} in the shell that starts {source.dialect.client}.",
    )


def blank_mistakes(
    server: RemoteServer, url: str, source: Source, known: Mapping[str, str]
) -> Iterator[ShapeProblem]:
    """Yield the blanks and line breaks at the edges of addresses and values."""
    name = server.name
    if url != url.strip():
        yield source.problem(
            "outer-blank",
            name,
            f"The address of {name} begins or ends with a blank.",
            "Remove the blank.",
        )
    for fact in server.header_facts:
        values = [known.get(variable, "") for variable in fact.variables]
        broken = [
            variable
            for variable, value in zip(fact.variables, values, strict=True)
            if "\n" in value or "\r" in value
        ]
        blank = [
            variable
            for variable, value in zip(fact.variables, values, strict=True)
            if value != value.strip() and variable not in broken
        ]
        if fact.newline or broken:
            where = f" (from {broken[0]})" if broken else ""
            yield source.problem(
                "newline-in-value",
                name,
                f"The value of the header {fact.name} of {name} holds a line "
                f"break{where}; such a header cannot be sent.",
                "Store the token without one: printf %s instead of echo.",
            )
        if (fact.outer_blank and not fact.newline) or blank:
            where = f" (from {blank[0]})" if blank else ""
            yield source.problem(
                "outer-blank",
                name,
                f"The value of the header {fact.name} of {name} begins or ends with a "
                f"blank{where}.",
                "Remove the blank.",
            )
