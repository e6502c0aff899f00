"""What a history may conclude: nothing read, too little read and quiet are three."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from streamtriage.client.silence import not_logged_by
from streamtriage.report.phrases import count

if TYPE_CHECKING:
    from streamtriage.history.reading import History

__all__ = ["Answer", "answer_of"]

Kind = Literal[
    "drops",
    "failed",
    "quiet",
    "too little read",
    "nothing read",
    "no stream",
    "no such server",
]
_NAMED = 10


class Answer(NamedTuple):
    """Which of the answers it is, in one sentence with its numbers and its source."""

    kind: Kind
    says: str

    @property
    def told(self) -> bool:
        """True where the logs tell: of failures, or of streams that did not drop."""
        return self.kind in ("drops", "failed", "quiet")


def answer_of(found: History) -> Answer:
    """Return what these logs tell of dropped streams, or why they do not."""
    read = count(found.files_read, "log file")
    if not found.files_read:
        return Answer("nothing read", _nothing_read(found))
    if not found.servers and found.known:
        names = ", ".join(f"`{name}`" for name in found.known[:_NAMED])
        more = len(found.known) - _NAMED
        rest = f" and {more} more" if more > 0 else ""
        return Answer(
            "no such server",
            f"No server is called `{found.wanted}` in {read}; there are: "
            f"{names}{rest}.",
        )
    if not found.servers:
        return Answer(
            "no stream",
            f"{read} from {found.source}: none names a server with an event stream, so "
            "nothing is known of any.",
        )
    return _seen(found, read)


def _seen(found: History, read: str) -> Answer:
    """Return what the servers' logs tell, worst first: drops, other failures, quiet."""
    if any(each.drops for each in found.servers):
        drops = sum(each.drops for each in found.servers)
        return Answer("drops", f"{count(drops, 'drop')} in {read}.")
    if failed := _failed(found):
        return Answer("failed", f"No open stream is seen to drop in {read}; {failed}.")
    connects = sum(each.log.connects for each in found.servers)
    skipped = sum(each.log.bytes_skipped for each in found.servers)
    if found.files_unread or skipped or not connects:
        return Answer("too little read", _too_little(found, connects, skipped, read))
    return Answer(
        "quiet",
        f"No stream is seen to drop in {count(connects, 'connection')} of {read}."
        f"{_silent(found)}",
    )


def _failed(found: History) -> str:
    """Say what failed though nothing dropped; "" where nothing did."""
    logs = [each.log for each in found.servers]
    counted = (
        ("first opening was refused", "first openings were refused"),
        ("connection failed", "connections failed"),
        ("session had expired", "sessions had expired"),
    )
    numbers = (
        sum(each.never_opened for each in found.servers),
        sum(log.connect_failures for log in logs),
        sum(log.session_expired for log in logs),
    )
    said = (
        f"{number} {words[number != 1]}"
        for words, number in zip(counted, numbers, strict=True)
        if number
    )
    return ", ".join(said)


def _silent(found: History) -> str:
    """Name what these clients do not log: what is not in a log may still have been."""
    titles = sorted({each.log.client for each in found.servers if each.log.client})
    words = ((title, " or ".join(not_logged_by(title))) for title in titles)
    return "".join(
        f" {title} logs nothing of a stream that {said}."
        for title, said in words
        if said
    )


def _nothing_read(found: History) -> str:
    places = [each.path for each in found.looked if each.outcome == "nothing there"]
    where = f" ({'; '.join(places[:4])})" if places else ""
    packed = sum(each.detail == "compressed" for each in found.looked)
    if packed and packed == found.files_unread:
        return (
            f"Nothing was read from {found.source}: {count(packed, 'log file')} there "
            "is compressed. Unpack first."
        )
    if found.files_unread:
        return (
            f"Nothing was read from {found.source}: "
            f"{count(found.files_unread, 'log file')} could not be read in time, or "
            "not at all. Give --limit more seconds."
        )
    return f"Nothing was read: no log of a client lies in {found.source}{where}."


def _too_little(found: History, connects: int, skipped: int, read: str) -> str:
    left = []
    if found.files_unread:
        left.append(f"{count(found.files_unread, 'file')} not read")
    if skipped:
        left.append(f"{skipped / 1e6:.1f} MB skipped")
    if not connects:
        left.append("no connection logged")
    return (
        f"Too little was read to tell: no drop in {read}, but {', '.join(left)}. Give "
        "--limit more seconds, or the folder with older logs."
    )
