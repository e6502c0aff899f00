"""The one door: every text, URL, header and noun passes here before it is written."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from typing import TYPE_CHECKING, Literal, TypeVar, cast, get_args, get_origin

from pydantic import BaseModel, SecretStr

from streamtriage.redaction.exact import needles
from streamtriage.redaction.fields import challenge, shown
from streamtriage.redaction.last_look import last_look, values_of
from streamtriage.redaction.marks import (
    HIDDEN,
    MARKER,
    cut,
    hide,
    label,
    label_once,
    visible,
)
from streamtriage.redaction.named import (
    BARE,
    HEADER_LINE,
    QUOTED,
    SENSITIVE_KEY,
    bare,
    cookie_names,
    header_line,
    quoted,
)
from streamtriage.redaction.shapes import (
    CREDENTIALS,
    HOME,
    PAIR,
    PEM,
    RUN,
    TOKEN,
    URL,
    credentials,
    opaque,
)
from streamtriage.redaction.urls import safe_url

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

__all__ = [
    "HIDDEN",
    "VALUE_LIMIT",
    "Redactor",
    "cut",
    "label",
    "last_look",
    "values_of",
    "visible",
]

T = TypeVar("T")
Rule = tuple[re.Pattern[str], Callable[[re.Match[str]], str]]

VALUE_LIMIT = 400
# These are this tool's own; their anchors would fall to the rule for URLs.
_CITATIONS = "citations"

# In this order: what spans most first, so that no later rule sees half of a secret.
_RULES: tuple[Rule, ...] = (
    (PEM, lambda _: HIDDEN),
    (URL, lambda m: safe_url(m[0])),
    (QUOTED, quoted),
    (HEADER_LINE, header_line),
    (CREDENTIALS, credentials),
    (BARE, bare),
    (TOKEN, lambda _: HIDDEN),
    (PAIR, lambda m: m["lead"] + hide(m["value"])),
    (RUN, opaque),
    (HOME, lambda m: m["lead"] + "<user>"),
)


def _settled(step: Callable[[str], str], text: str) -> str:
    """Repeat until nothing changes, so that redacting twice equals redacting once."""
    for _ in range(8):
        done = step(text)
        if done == text:
            break
        text = done
    return text


def _closed(annotation: object) -> bool:
    """Tell whether a field holds only words of a closed vocabulary, never a secret."""
    if isinstance(annotation, type):
        return issubclass(annotation, (Enum, type(None)))
    if get_origin(annotation) is Literal:
        return True
    parts = [part for part in get_args(annotation) if part is not ...]
    return bool(parts) and all(map(_closed, parts))


def _kept(name: str, field: FieldInfo) -> bool:
    return name == _CITATIONS or _closed(field.annotation)


class Redactor:
    """Hides the given secrets, in every spelling, and whatever looks like one.

    Secrets shorter than four characters are hidden only where they stand alone.
    """

    __slots__ = ("_exact",)
    _exact: re.Pattern[str] | None

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        object.__setattr__(self, "_exact", needles(secrets))

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a Redactor is immutable: {name}")

    def __repr__(self) -> str:
        return "Redactor(<hidden>)"

    def text(self, text: str) -> str:
        """Redact any text; line breaks stay, other control characters are spelled."""
        return _settled(self._once, text)

    def url(self, url: str) -> str:
        """Redact one URL, absolute or not: userinfo, query values, fragment, keys."""
        return _settled(lambda u: self._once(safe_url(self._known(u))), url)

    def value(self, name: str, value: str) -> str:
        """Redact one header's value by its name, on one line of bounded length."""
        name = name.strip().lower()
        return _settled(lambda v: self._header(name, v), value)

    def headers(self, pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
        """Redact header fields; names become lower case, repeated fields are joined."""
        fields: dict[str, str] = {}
        for raw, content in pairs:
            name = cut(self.text(raw.strip().lower()), 80)
            before = f"{fields[name]}, " if name in fields else ""
            fields[name] = self.value(raw, before + self.value(raw, content))
        return fields

    def field(self, name: str, content: str) -> tuple[str, str]:
        """Redact one header field; how its name is spelled stays."""
        return cut(self.text(name), 80), self.value(name, content)

    def noun(self, model: T) -> T:
        """Redact every string in a model or JSON-like value; the type stays."""
        return cast("T", self._walk(model, ""))

    def _known(self, text: str) -> str:
        text = visible(text)
        return self._exact.sub(lambda m: hide(m[0]), text) if self._exact else text

    def _once(self, text: str) -> str:
        text = self._known(text)
        for pattern, replace in _RULES:
            text = pattern.sub(replace, text)
        return text

    def _header(self, name: str, value: str) -> str:
        if not value or re.fullmatch(MARKER, value):
            return value
        if name == "mcp-session-id":
            return label_once(value)
        if name in ("set-cookie", "cookie"):
            return cut(self._once(cookie_names(value)), VALUE_LIMIT)
        if name in ("location", "content-location"):
            safe = self._once(safe_url(self._known(value)))
        elif name in ("www-authenticate", "proxy-authenticate"):
            safe = self._once(challenge(self._known(value)))
        elif shown(name):
            safe = self._once(value)
        else:
            return f"<hidden: {len(value)} characters>"
        return cut(safe.replace("\n", "<U+000A>"), VALUE_LIMIT)

    def _walk(self, value: object, name: str) -> object:
        if isinstance(value, BaseModel):
            fields = type(value).model_fields.items()
            names = [name for name, field in fields if not _kept(name, field)]
            walked = {name: self._walk(getattr(value, name), name) for name in names}
            return value.model_copy(update=walked)
        if isinstance(value, SecretStr):
            return SecretStr(HIDDEN) if value.get_secret_value() else value
        if isinstance(value, Mapping):
            return self._mapping(value, name)
        if isinstance(value, (tuple, list, set, frozenset)):
            return type(value)(
                self._field(item) if name == "header_list" else self._walk(item, name)
                for item in value
            )
        if isinstance(value, str) and not isinstance(value, Enum):
            return self._string(value, name)
        return value

    def _field(self, item: object) -> object:
        match item:
            case (str(name), str(content)):
                return self.field(name, content)
            case _:
                return self._walk(item, "")

    def _mapping(self, items: Mapping[object, object], name: str) -> object:
        pairs = [(k, v) for k, v in items.items() if isinstance(v, str)]
        if name == "headers" and len(pairs) == len(items):
            return self.headers([(str(key), value) for key, value in pairs])
        # `header_envs` maps header names to names of variables, which are no secrets.
        named = name != "header_envs"
        return {
            self.text(key) if isinstance(key, str) else key: item
            if key == _CITATIONS
            else self._walk(item, str(key) if named else "")
            for key, item in items.items()
        }

    def _string(self, value: str, name: str) -> str:
        if name in ("url", "proxy", "location"):
            return self.url(value)
        sensitive = SENSITIVE_KEY.search(name)
        if sensitive:
            return (label_once if sensitive["session"] else hide)(value)
        return self.text(value)
