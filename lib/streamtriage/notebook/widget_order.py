"""Widgets of one form, whose messages the kernel must handle in order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["in_order"]


def in_order(widgets: Iterable[Any]) -> None:
    """Let what these widgets send be handled in the order in which it was sent.

    ipykernel 7 hands each widget's messages to the thread from which that widget was
    last written to (`Comm._reply_subshell_for`). A button that was disabled by a run
    could so be heard before the text that was typed ahead of pressing it.
    """
    for widget in widgets:
        widget.send_state("disabled")
