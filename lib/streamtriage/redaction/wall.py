"""The inner wall: what came from outside is let in once, and may be shown from then on.

Probes send and compare what came as it came (`Raw`), and store the facts: the same
origin, equal to what was sent, expired. What is judged, kept and shown has passed here
(`Redacted`), so that a saved report is judged to the same words as a fresh one.
"""

from __future__ import annotations

import weakref
from typing import (
    TYPE_CHECKING,
    Annotated,
    Generic,
    NamedTuple,
    NoReturn,
    TypeVar,
    cast,
    final,
    overload,
)

from pydantic import BaseModel

from streamtriage.redaction.marks import cut
from streamtriage.redaction.redactor import Redactor

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "Raw",
    "Redacted",
    "Wall",
    "has_passed",
    "holds_a_secret",
    "inside",
    "let_in",
    "shown_address",
    "shown_text",
    "vouch",
]

T = TypeVar("T")
N = TypeVar("N", bound=BaseModel)

Raw = Annotated[T, "as it came from outside: to be sent and compared, never shown"]

# A hostile server that issues ids without end is not followed without end.
_MOST_SECRETS = 100
_LONGEST_SECRET = 512


@final
class Redacted(Generic[T]):
    """Something that passed the wall: to be shown, neither to be sent nor compared.

    Comparing, sorting, joining or writing it is an error; `shown` is what a person may
    see of it. Only this module makes one.
    """

    __slots__ = ("__weakref__", "_shown")

    def __init__(self, shown: T, _key: object) -> None:
        if _key is not _KEY:
            raise TypeError("only the wall lets something in: call let_in()")
        self._shown = shown

    @property
    def shown(self) -> T:
        return self._shown

    def amended(self: Redacted[N], **own: object) -> Redacted[N]:
        """Return the record with some fields changed to words of this tool's own."""
        return vouch(self._shown.model_copy(update=own))

    def __repr__(self) -> str:
        return f"Redacted({type(self._shown).__name__})"

    def _refused(self, *_: object) -> NoReturn:
        raise TypeError(
            "what was redacted is neither sent nor compared; compare what came, and "
            "store the fact"
        )

    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = _refused
    __str__ = __format__ = __bytes__ = __bool__ = __hash__ = _refused


_KEY = object()
# Records that passed, by identity: a copy with anything changed is another record, and
# is let in anew.
_PASSED: weakref.WeakValueDictionary[int, object] = weakref.WeakValueDictionary()


class _Known(NamedTuple):
    """What hides the secrets that are known by now, and what it has looked through."""

    redactor: Redactor
    made: dict[int, tuple[object, object]]


class Wall:
    """Lets in what came from outside, knowing the secrets of one run.

    Secrets that are learnt later are hidden in what is let in from then on, and in
    what is let in again.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets = tuple(secrets)
        # One attribute: whoever lets in on another thread keeps what belongs together,
        # and what was made without a secret learnt meanwhile goes with its redactor.
        self._known = _Known(Redactor(self._secrets), {})

    def learn(self, secret: str | None) -> None:
        """Hide a secret of the other side, such as a session id, from now on."""
        if not secret or secret in self._secrets or len(secret) > _LONGEST_SECRET:
            return
        if len(self._secrets) < _MOST_SECRETS:
            self._secrets = (*self._secrets, secret)
            self._known = _Known(Redactor(self._secrets, self._known.redactor), {})

    def let_in(self, raw: Raw[T]) -> Redacted[T]:
        """Return it redacted: a text, or a record with all that is in it.

        The same record is looked through once, until another secret is known.
        """
        redactor, made = self._known
        kept = made.get(id(raw))
        if kept is not None and kept[0] is raw:
            return vouch(cast("T", kept[1]))
        shown = redactor.noun(raw)
        if isinstance(raw, BaseModel):
            made[id(raw)] = (raw, shown)
        return vouch(shown)


def let_in(raw: Raw[T], secrets: Iterable[str] = ()) -> Redacted[T]:
    """Return it redacted, where no run has secrets of its own to be hidden."""
    return vouch(Redactor(secrets).noun(raw))


def vouch(shown: T) -> Redacted[T]:
    """Hold what was made of nothing but what had passed, and of this tool's own words.

    A test forbids it outside of the few places that let something in.
    """
    if isinstance(shown, BaseModel):
        _PASSED[id(shown)] = shown
    return Redacted(shown, _KEY)


def shown_text(raw: Raw[str], at_most: int = 0) -> str:
    """Let one text in; of a longer one `at_most` characters, and how long it was."""
    shown = Redactor().text(raw)
    return cut(shown, at_most) if at_most else shown


def shown_address(raw: Raw[str], at_most: int = 0) -> str:
    """Let one URL in, absolute or not."""
    shown = Redactor().url(raw)
    return cut(shown, at_most) if at_most else shown


def holds_a_secret(raw: Raw[str], *, address: bool = False) -> bool:
    """Tell whether a text, or a URL, would not cross as it is."""
    return (Redactor().url(raw) if address else Redactor().text(raw)) != raw


def has_passed(value: object) -> bool:
    """Tell whether this very record came out of the wall."""
    return _PASSED.get(id(value)) is value


@overload
def inside(value: Redacted[T]) -> T: ...
@overload
def inside(value: T) -> T: ...
def inside(value: object) -> object:
    """Return what may be shown of something, and let it in if it never was.

    Whatever has passed is not looked through again; a record that was built by hand, or
    changed since, is.
    """
    if isinstance(value, Redacted):
        return value.shown
    return value if has_passed(value) else let_in(value).shown
