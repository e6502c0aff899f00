"""The inner wall for records that come from elsewhere: files, workers, notebooks."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, TypeVar

from streamtriage.causes import CAUSES
from streamtriage.knowledge.remedies import remedies
from streamtriage.model import Noun
from streamtriage.redaction import has_passed, let_in, settle

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["checked", "read_checked", "shipped_lines"]

N = TypeVar("N", bound=Noun)


def read_checked(
    kind: type[N],
    text: str | bytes,
    secrets: Iterable[str] = (),
    *,
    as_written: bool = False,
) -> N:
    """Read a record that was saved, and let it in.

    With `as_written` a report is left in its short form, and nothing is judged.
    Raises pydantic's ValidationError if it is none, RecursionError if it is nested too
    deep.
    """
    told = {"as_written": as_written}
    return checked(kind.model_validate_json(text, context=told), secrets)


def checked(noun: N, secrets: Iterable[str] = ()) -> N:
    """Return a record as it may be shown; one that has passed is not scanned again.

    What this tool ships to be pasted stays as it is in a report: it shows where a
    secret belongs, and looks like one. With `secrets` it is looked through for these.
    """
    secrets = tuple(secrets)
    if has_passed(noun) and not secrets:
        return noun
    _settle_shipped()
    return let_in(noun, secrets).shown


@cache
def shipped_lines() -> frozenset[str]:
    """Return the lines of the changes that this tool ships."""
    in_causes = ((fix.what, fix.paste) for cause in CAUSES for fix in cause.fixes)
    in_rows = ((row.what, row.paste) for row in remedies())
    texts = (text for pair in (*in_causes, *in_rows) for text in pair)
    return frozenset(line for text in texts for line in text.split("\n"))


@cache
def _settle_shipped() -> None:
    """Pass over what stands in every report: the catalogue's own words."""
    settle(text for cause in CAUSES for text in (cause.title, cause.look_alike))
    fixes_of_all = (fix for cause in CAUSES for fix in cause.fixes)
    settle(text for fix in fixes_of_all for text in (fix.where, fix.what, fix.paste))
    settle(t for row in remedies() for t in (row.where, row.what, row.paste))
