"""Hides secrets in texts, URLs, headers and whole records; the walls use it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from functools import cache, lru_cache
from typing import (
    TYPE_CHECKING,
    Literal,
    NamedTuple,
    TypeVar,
    cast,
    get_args,
    get_origin,
)

from pydantic import BaseModel, SecretStr

from streamtriage.model.crossing import Crossing
from streamtriage.redaction.fields import challenge, shown
from streamtriage.redaction.kinds import WORTH_A_LOOK, in_no_word, kinds_in
from streamtriage.redaction.known import Known
from streamtriage.redaction.marks import (
    HIDDEN,
    MARKER,
    cut,
    hide,
    label_once,
    visible,
)
from streamtriage.redaction.named import (
    BARE,
    ELEMENT,
    FLAG,
    GIVEN_HEADER,
    HEADER_LINE,
    NAME_ANCHORS,
    QUOTED,
    SAID,
    SENSITIVE_KEY,
    USER,
    bare,
    cookie_names,
    element,
    flag,
    given_header,
    header_line,
    quoted,
    said,
    user,
)
from streamtriage.redaction.shapes import (
    CREDENTIALS,
    HOME,
    PAIR,
    PEM,
    PUTTY,
    RUN,
    URL,
    credentials,
    names_its_id,
    opaque,
    pair,
)
from streamtriage.redaction.urls import safe_url

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

__all__ = ["VALUE_LIMIT", "Redactor", "settle"]

T = TypeVar("T")
Replace = Callable[[re.Match[str]], str]


class _Rule(NamedTuple):
    """One pattern, and the words without one of which it need not be tried."""

    anchors: tuple[str, ...]
    pattern: Callable[[str], re.Pattern[str]]
    replace: Replace
    # Whether it looks for something that is a long run of letters and digits.
    runs: bool = False


def _rule(anchors: Iterable[str], pattern: re.Pattern[str], replace: Replace) -> _Rule:
    return _Rule(tuple(anchors), lambda _: pattern, replace)


VALUE_LIMIT = 400
# These are this tool's own; their anchors would fall to the rule for URLs.
_CITATIONS = "citations"

# In this order: what spans most first, so that no later rule sees half of a secret.
# Nearly all texts hold none of a rule's anchors, and finding that out is ten times
# cheaper than trying its pattern. Anchors are in lower case.
_RULES = (
    _rule(("begin ",), PEM, lambda _: HIDDEN),
    _rule(("private-lines",), PUTTY, lambda _: HIDDEN),
    _Rule(("",), kinds_in, lambda m: HIDDEN if in_no_word(m[0]) else m[0], runs=True),
    _rule(("://", ":\\/"), URL, lambda m: safe_url(m[0])),
    _rule(NAME_ANCHORS, QUOTED, quoted),
    _rule(("authorization", "cookie"), HEADER_LINE, header_line),
    _rule(("bearer", "basic", "negotiate"), CREDENTIALS, credentials),
    _rule(("-h", "--header"), GIVEN_HEADER, given_header),
    _rule(("-u", "-user"), USER, user),
    _rule(("-",), FLAG, flag),
    _rule(("</",), ELEMENT, element),
    _rule(NAME_ANCHORS, BARE, bare),
    _rule(NAME_ANCHORS, SAID, said),
    _rule(("?", "&"), PAIR, pair),
    _Rule(("",), lambda _: RUN, opaque, runs=True),
    _rule(("/home/", "users"), HOME, lambda m: m["lead"] + "<user>"),
)


def _settled(step: Callable[[str], str], text: str) -> str:
    """Repeat until nothing changes, so that redacting twice equals redacting once."""
    for _ in range(8):
        done = step(text)
        if done == text:
            break
        text = done
    return text


@lru_cache(maxsize=2_000)
def _concealed(name: str) -> Callable[[str], str] | None:
    """Return what becomes of the value of a field by its name alone."""
    sensitive = SENSITIVE_KEY.search(name)
    if sensitive is None:
        return None
    return label_once if sensitive["session"] else hide


def _differ(walked: Iterable[object], given: Iterable[object]) -> bool:
    return any(after is not before for after, before in zip(walked, given, strict=True))


class _Settled:
    """Texts that need no second look, since nothing in them was hidden.

    A report passes here where it is measured, built and rendered, and panes render it
    again and again. Only what is harmless is kept, and no more than a report's worth.
    """

    def __init__(self, most: int, longest: int) -> None:
        self._most, self._longest = most, longest
        self._texts: set[str] = set()

    def __contains__(self, text: str) -> bool:
        return text in self._texts

    def add(self, text: str) -> None:
        """Keep a text, and forget all others if there are too many."""
        if len(text) > self._longest:
            return
        if len(self._texts) >= self._most:
            self._texts.clear()
        self._texts.add(text)


_UNCHANGED = _Settled(most=20_000, longest=2_000)


def settle(texts: Iterable[str]) -> None:
    """Let texts of this tool's own be passed over, now and whenever they are met again.

    Known secrets are still looked for in them. Some show where a secret belongs, and
    look like one.
    """
    _SHIPPED.update(texts)


_SHIPPED: set[str] = set()


def _shaped(text: str) -> str:
    """Hide what looks like a secret or is called one."""
    lower = text.lower()
    runs = WORTH_A_LOOK.search(text) is not None
    for anchors, pattern, replace, of_runs in _RULES:
        if runs if of_runs else any(anchor in lower for anchor in anchors):
            text = pattern(text).sub(replace, text)
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


@cache
def _open_fields(kind: type[BaseModel]) -> tuple[tuple[str, Crossing | None], ...]:
    """Return the fields of a model that may hold text of others, and how it is kept."""
    fields = kind.model_fields.items()
    return tuple((n, _crossing(field)) for n, field in fields if not _kept(n, field))


def _crossing(field: FieldInfo) -> Crossing | None:
    return next((each for each in field.metadata if isinstance(each, Crossing)), None)


_NONE = Known(())


class Redactor:
    """Hides the given secrets, in every spelling, and whatever looks like one.

    Secrets shorter than four characters are hidden only where they stand alone.
    """

    __slots__ = ("_secrets",)
    _secrets: Known

    def __init__(
        self, secrets: Iterable[str] = (), before: Redactor | None = None
    ) -> None:
        """Hide these; what `before` worked out of some of them is taken over."""
        known = before._secrets if before is not None else None  # noqa: SLF001
        # Most hide nothing in particular, and thousands of those are made for logs.
        secrets = tuple(secrets)
        found = Known(secrets, known) if secrets else _NONE
        object.__setattr__(self, "_secrets", found)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a Redactor is immutable: {name}")

    def __repr__(self) -> str:
        return "Redactor(<hidden>)"

    def text(self, text: str) -> str:
        """Redact any text; line breaks stay, other control characters are spelled."""
        if (text in _SHIPPED or text in _UNCHANGED) and not self._secrets:
            return text
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
        return self._secrets.hide(visible(text), hide)

    def _once(self, text: str) -> str:
        text = self._known(text)
        if text in _UNCHANGED or text in _SHIPPED:
            return text
        safe = _shaped(text)
        if safe == text:
            _UNCHANGED.add(text)
            return text
        return safe

    def _named(self, name: str, value: str) -> str:
        """Redact a value as if its name stood before it, which may be one of an id."""
        before = f"{name}: "
        safe = self._once(before + value)
        return safe.removeprefix(before) if safe.startswith(before) else HIDDEN

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
            safe = self._named(name, value)
        else:
            return f"<hidden: {len(value)} characters>"
        return cut(safe.replace("\n", "<U+000A>"), VALUE_LIMIT)

    def _walk(self, value: object, name: str) -> object:
        """Redact what is inside; what has nothing to hide is returned as it is."""
        if isinstance(value, str):
            return value if isinstance(value, Enum) else self._string(value, name)
        if isinstance(value, BaseModel):
            return self._model(value)
        if isinstance(value, Mapping):
            safe = self._mapping(value, name)
            return value if safe == value else safe
        if isinstance(value, (tuple, list, set, frozenset)):
            if name == "header_list":
                walked = [self._field(item) for item in value]
            else:
                walked = [self._walk(item, name) for item in value]
            return type(value)(walked) if _differ(walked, value) else value
        # One that was masked, with stars, holds nothing.
        if isinstance(value, SecretStr) and value.get_secret_value().strip("*"):
            return SecretStr(HIDDEN)
        return value

    def _model(self, model: BaseModel) -> BaseModel:
        walked = {}
        for name, crossing in _open_fields(type(model)):
            held = getattr(model, name)
            done = self._across(held, name, crossing)
            if done is not held:
                walked[name] = done
        return model.model_copy(update=walked) if walked else model

    def _across(self, value: object, name: str, crossing: Crossing | None) -> object:
        """Redact what a field holds as the field says, and cut it afterwards."""
        if crossing is None or not isinstance(value, (str, tuple)):
            return self._walk(value, name)
        if isinstance(value, tuple):
            walked = tuple(self._across(each, name, crossing) for each in value)
            return walked if _differ(walked, value) else value
        safe = self.url(value) if crossing.address else self._string(value, name)
        safe = safe[: crossing.at_most] if crossing.at_most else safe
        return value if safe == value else safe

    def _field(self, item: object) -> object:
        match item:
            case (str(name), str(content)):
                safe = self.field(name, content)
                return item if safe == item else safe
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
        conceal = _concealed(name)
        if conceal:
            return conceal(value)
        if names_its_id(name):
            return _settled(lambda v: self._named(name, v), value)
        return self.text(value)
