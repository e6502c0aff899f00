"""Copies of an executed runbook in an object store, by papermill's own writer."""

from __future__ import annotations

import re
from importlib.util import find_spec
from typing import TYPE_CHECKING

from papermill.iorw import papermill_io

from streamtriage.languages import translate
from streamtriage.outbox import Outbox
from streamtriage.redaction import shown_text
from streamtriage.refusal import InWordsError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["StoreError", "check_store", "copy_to", "is_store"]

_ADDRESS = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?:/[^\s?#]*)?")


class StoreError(InWordsError, RuntimeError):
    """The object store cannot be used; the message says what to do."""


def is_store(out: str) -> bool:
    """Tell whether this names an object store, and not a folder."""
    return out.lower().startswith("s3://")


def check_store(address: str) -> None:
    """Raise StoreError where no copy could ever be written there."""
    if _ADDRESS.fullmatch(address) is None:
        raise StoreError(
            translate(
                "That is no address in an object store. Give "
                "s3://BUCKET/PREFIX; credentials come from the environment "
                "and never stand in the address."
            )
        )
    if find_spec("boto3") is None:
        raise StoreError(
            translate("boto3 is missing. Install it: pip install 'streamtriage[s3]'")
        )


def copy_to(address: str, files: Iterable[Path]) -> tuple[str, ...]:
    """Write each file there under its own name, and return the addresses.

    Credentials and endpoint are those that boto3 finds (`AWS_…`). Raises StoreError.
    """
    written: list[str] = []
    for file in files:
        there = f"{address.rstrip('/')}/{file.name}"
        try:
            text = Outbox().look(file.read_text("utf-8"))
            papermill_io.get_handler(there).write(text, there)
        except Exception as problem:
            said = shown_text(f"{type(problem).__name__}: {problem}", 300)
            raise StoreError(
                translate(
                    "{there} could not be written ({said}). Check the bucket, "
                    "the credentials (AWS_ACCESS_KEY_ID, AWS_PROFILE …) and "
                    "AWS_ENDPOINT_URL, then copy the files that are kept here.",
                    there=there,
                    said=said,
                )
            ) from problem
        written.append(there)
    return tuple(written)
