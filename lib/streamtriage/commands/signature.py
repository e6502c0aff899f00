"""`streamtriage signature`: what a text says, without probing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from streamtriage.commands.language import LanguageOption
from streamtriage.commands.options import JsonOption, put, text_of
from streamtriage.error_text import parse
from streamtriage.languages import translate
from streamtriage.phrases import client_words, half_words

if TYPE_CHECKING:
    from streamtriage.model import Signature

__all__ = ["signature_command"]


def signature_command(
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="- for stdin.")],
    client: Annotated[
        str, typer.Option(help="The client that printed it, if you know.")
    ] = "",
    json_to: JsonOption = "",
    lang: LanguageOption = "",
) -> None:
    """Say what an error text or a log says, without probing anything."""
    found = parse.parse(text_of(file), client)
    if json_to:
        put(json_to, found.model_dump_json(indent=2))
    if json_to != "-":
        put("-", "\n".join(_lines(found)))


def _lines(found: Signature) -> list[str]:
    told = translate(
        "client {client} · runtime {runtime} · half {half} · statuses {statuses}",
        client=client_words(found),
        runtime=translate(found.runtime),
        half=half_words(found.half),
        statuses=", ".join(map(str, found.statuses)) or translate("none in the text"),
    )
    lines = [translate(found.means), told]
    if found.first_probe:
        lines.append(translate("probe first: {probe}", probe=found.first_probe))
    return [*lines, translate(found.asks)] if found.asks else lines
