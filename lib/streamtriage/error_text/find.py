"""All texts that MCP clients print about their stream, in order of appearance."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import replace
from typing import TYPE_CHECKING

from streamtriage.error_text.look_alikes import LOOK_ALIKES, tells_of_failure
from streamtriage.error_text.messages import READERS, Message
from streamtriage.error_text.request_lines import request_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamtriage.error_text.clients_seen import Printed
    from streamtriage.error_text.normalise import Ink

__all__ = ["find"]

# A log that repeats one line for hours says no more than its first and last thousand.
MESSAGE_CAP = 2000


def find(ink: Ink, printed: list[Printed]) -> list[Message]:
    """Return the messages in order of appearance, none inside another.

    `printed` are the rows of clients that print words of their own; they outweigh the
    SDK's texts inside them.
    """
    rows = [_message(one) for one in printed]
    own = _echoes_marked(_outside(_own(ink), rows))
    said = _without_weak([*own, *rows, *request_lines(ink)])
    said.sort(key=lambda message: message.start)
    alike = _look_alikes(ink, said)
    said = list(_reopenings_told(said))
    return sorted(said + alike, key=lambda message: message.start)


def _reopenings_told(messages: list[Message]) -> Iterator[Message]:
    """Take a refused GET for a reopening where the stream had been open before it."""
    opened = False
    for message in messages:
        opened = opened or message.half == "cut"
        again = opened and message.printed is not None and message.printed.row.reopens
        yield replace(message, half="reopen") if again else message


def _without_weak(messages: list[Message]) -> list[Message]:
    """Leave out words that say something only where nothing else does."""
    strong = [m for m in messages if m.printed is None or not m.printed.row.weak]
    return strong if any(m.half for m in strong) else messages


def _message(one: Printed) -> Message:
    status = one.status if one.status is not None and one.status >= 300 else None
    return Message(
        half=one.row.halves[0] if one.row.halves else None,
        start=one.start,
        end=one.end,
        kind="status" if status else None,
        statuses=(status,) if status else (),
        printed=one,
    )


def _outside(messages: list[Message], rows: list[Message]) -> list[Message]:
    """Leave out the SDK's texts that stand inside a client's own."""
    starts = [row.start for row in rows]

    def inside(message: Message) -> bool:
        before = bisect_right(starts, message.start) - 1
        return before >= 0 and message.start < rows[before].end

    return [message for message in messages if not inside(message)]


def _own(ink: Ink) -> list[Message]:
    spots = [
        (spot.start(), rank, spot)
        for rank, (pattern, _) in enumerate(READERS)
        for spot in pattern.finditer(ink.letters)
    ]
    spots.sort(key=lambda spot: spot[:2])
    if len(spots) > MESSAGE_CAP:
        spots = spots[: MESSAGE_CAP // 2] + spots[-MESSAGE_CAP // 2 :]
    messages: list[Message] = []
    for _, rank, spot in spots:
        if messages and ink.place(spot.start()) < messages[-1].end:
            continue
        message = READERS[rank][1](ink, spot)
        if message is not None:
            messages.append(message)
    return messages


def _echoes_marked(messages: list[Message]) -> list[Message]:
    """Take the half from each inner error that a reopening reported again.

    The SDK reports the inner error just before "Failed to reconnect": once, or twice
    where a sign-in was tried. What is left over belongs to a first GET.
    """
    marked = list(messages)
    waiting: dict[str, list[int]] = {}
    for index, message in enumerate(messages):
        if message.half != "reopen":
            waiting.setdefault(message.inner, []).append(index)
            continue
        bare = waiting.get(message.inner, []) if message.inner else []
        for _ in range(min(len(bare), 2 if message.kind == "sign-in" else 1)):
            echo = bare.pop()
            marked[echo] = replace(messages[echo], half=None, look_alike=None)
    return marked


def _look_alikes(ink: Ink, own: list[Message]) -> list[Message]:
    starts = [message.start for message in own]
    found = []
    for pattern, what in LOOK_ALIKES:
        for spot in pattern.finditer(ink.letters):
            place = ink.place(spot.start())
            if not tells_of_failure(ink, what, place):
                continue
            before = bisect_right(starts, place) - 1
            if before < 0 or own[before].end <= place:
                end = ink.end(spot.end())
                found.append(Message("look-alike", place, end, look_alike=what))
                break
    return found
