"""What a person changed: one thing, where, from what, to what; without its secrets."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ConfigDict, ValidationError

from streamtriage.languages import translate
from streamtriage.model import Noun
from streamtriage.model.message import Message, say
from streamtriage.redaction import HIDDEN, Wall

__all__ = ["Change", "ChangeError", "changes_of"]

_LIMIT = 500
_FIELDS = ("what", "where", "old", "new")


class ChangeError(ValueError):
    """A change cannot be used; the message says what to write, never the value."""


class Change(Noun):
    """One change; `old` is empty where nothing stood before, `new` where it went."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    what: str
    where: str = ""
    old: str = ""
    new: str = ""

    @property
    def said(self) -> Message:
        """The change in a line."""
        old, new = self.old or say("change.not-set"), self.new or say("change.gone")
        if not self.where:
            return say("change.said", what=self.what, old=old, new=new)
        return say("change.said-of", what=self.what, where=self.where, old=old, new=new)

    @property
    def says(self) -> str:
        return str(self.said)

    @property
    def undo(self) -> str:
        return str(self.undone)

    @property
    def undone(self) -> Message:
        """How to take it back."""
        place = say("change.place", where=self.where) if self.where else ""
        if not self.old:
            return say("change.remove", what=self.what, place=place)
        return say("change.set-back", what=self.what, place=place, old=self.old)


def changes_of(given: object, wall: Wall | None = None) -> tuple[Change, ...]:
    """Read one change, or several, as a notebook's parameter has them.

    A dict with the keys what, where, old and new, a list of such, or either as JSON.
    Raises ChangeError.
    """
    if isinstance(given, str):
        given = _parsed(given)
    each = [given] if isinstance(given, Mapping) else given
    if not isinstance(each, Sequence):
        raise ChangeError(translate(_HOW))
    found = tuple(_one(item, wall or Wall()) for item in each if item)
    return tuple(dict.fromkeys(found))


_HOW = (
    'change: write {"what": "proxy_read_timeout", "where": "nginx.conf", '
    '"old": "60s", "new": "1h"}, or a list of such.'
)


def _parsed(text: str) -> object:
    if not text.strip():
        return ()
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise ChangeError(translate(_HOW)) from None


def _one(given: object, wall: Wall) -> Change:
    if not isinstance(given, Mapping):
        raise ChangeError(translate(_HOW))
    texts: dict[str, Any] = {
        key: str(value).strip()[:_LIMIT]
        if isinstance(value, str | int | float)
        else value
        for key, value in given.items()
    }
    try:
        change = Change.model_validate(texts)
    except ValidationError:
        raise ChangeError(translate(_HOW)) from None
    if not change.what:
        raise ChangeError(translate("change: say in 'what' what was changed."))
    if change.old == change.new:
        raise ChangeError(
            translate(
                "change: 'old' and 'new' are the same, so nothing was "
                "changed. Write what it was and what it is now."
            )
        )
    return _hidden(change, wall)


def _hidden(change: Change, wall: Wall) -> Change:
    """Hide the values of what sounds secret, or is; that they differ stays visible."""
    old, new = (_value(change.what, v, wall) for v in (change.old, change.new))
    if old == new:
        new = f"{new} (another value)"
    what, where = wall.let_in(change.what).shown, wall.let_in(change.where).shown
    return Change(what=what, where=where, old=old, new=new)


def _value(name: str, value: str, wall: Wall) -> str:
    named = f"{name}: {value}"
    plain = wall.let_in(value).shown
    if not value or plain != value:
        return plain
    return value if wall.let_in(named).shown.endswith(value) else HIDDEN
