"""What a history may conclude: nothing read, too little read and quiet are three."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from streamtriage.languages import translate
from streamtriage.phrases import count
from streamtriage.wording import spoken_list
from streamtriage.workstation.logs.omissions import not_logged_by

if TYPE_CHECKING:
    from streamtriage.history.reading import History

__all__ = ["Answer", "answer_of", "long_lines_left"]

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
    answer = _answer(found)
    return answer._replace(says=f"{answer.says}{long_lines_left(found)}")


def long_lines_left(found: History) -> str:
    """Say how many lines were too long to be read to what they may tell; or ""."""
    if not found.long_lines:
        return ""
    lines = count(found.long_lines, "long-line")
    return translate(
        " {lines} may tell of a failure and could not be read.", lines=lines
    )


def _answer(found: History) -> Answer:
    read = count(found.files_read, "log file")
    if not found.files_read:
        return Answer("nothing read", _nothing_read(found))
    if not found.servers and found.known:
        names = ", ".join(f"`{name}`" for name in found.known[:_NAMED])
        more = len(found.known) - _NAMED
        rest = translate(" and {more} more", more=more) if more > 0 else ""
        return Answer(
            "no such server",
            translate(
                "No server is called `{wanted}` in {read}; there are: {names}{rest}.",
                wanted=found.wanted,
                read=read,
                names=names,
                rest=rest,
            ),
        )
    if not found.servers:
        return Answer(
            "no stream",
            translate(
                "{read} from {source}: none names a server with an event "
                "stream, so nothing is known of any.",
                read=read,
                source=found.source,
            ),
        )
    return _seen(found, read)


def _seen(found: History, read: str) -> Answer:
    """Return what the servers' logs tell, worst first: drops, other failures, quiet."""
    if any(each.drops for each in found.servers):
        drops = sum(each.drops for each in found.servers)
        return Answer("drops", f"{count(drops, 'drop')} in {read}.")
    if failed := _failed(found):
        return Answer(
            "failed",
            translate(
                "No open stream is seen to drop in {read}; {failed}.",
                read=read,
                failed=failed,
            ),
        )
    connects = sum(each.log.connects for each in found.servers)
    skipped = sum(each.log.bytes_skipped for each in found.servers)
    if found.files_unread or found.long_lines or skipped or not connects:
        return Answer("too little read", _too_little(found, connects, skipped, read))
    return Answer(
        "quiet",
        translate(
            "No stream is seen to drop in {connects} of {read}.{found}",
            connects=count(connects, "connection"),
            read=read,
            found=_silent(found),
        ),
    )


# What is counted, as the catalogue names it.
_FAILURES = ("opening-refused", "connection-failed", "session-expired")


def _failed(found: History) -> str:
    """Say what failed though nothing dropped; "" where nothing did."""
    logs = [each.log for each in found.servers]
    numbers = (
        sum(each.never_opened for each in found.servers),
        sum(log.connect_failures for log in logs),
        sum(log.session_expired for log in logs),
    )
    said = (
        count(number, thing)
        for thing, number in zip(_FAILURES, numbers, strict=True)
        if number
    )
    return ", ".join(said)


def _silent(found: History) -> str:
    """Name what these clients do not log: what is not in a log may still have been."""
    titles = sorted({each.log.client for each in found.servers if each.log.client})
    words = (
        (title, spoken_list(not_logged_by(title), either=True)) for title in titles
    )
    return "".join(
        translate(
            " {title} logs nothing of a stream that {said}.", title=title, said=said
        )
        for title, said in words
        if said
    )


def _nothing_read(found: History) -> str:
    places = [each.path for each in found.looked if each.outcome == "nothing there"]
    where = f" ({'; '.join(places[:4])})" if places else ""
    packed = sum(each.detail == "compressed" for each in found.looked)
    if packed and packed == found.files_unread:
        return translate(
            "Nothing was read from {source}: {packed} there is "
            "compressed. Unpack first.",
            source=found.source,
            packed=count(packed, "log file"),
        )
    if found.files_unread:
        return translate(
            "Nothing was read from {source}: {files_unread} could not "
            "be read in time, or not at all. Give --limit more seconds.",
            source=found.source,
            files_unread=count(found.files_unread, "log file"),
        )
    return translate(
        "Nothing was read: no log of a client lies in {source}{where}.",
        source=found.source,
        where=where,
    )


def _too_little(found: History, connects: int, skipped: int, read: str) -> str:
    left = []
    if found.files_unread:
        left.append(
            translate(
                "{files_unread} not read",
                files_unread=count(found.files_unread, "file"),
            )
        )
    if skipped:
        left.append(translate("{value:.1f} MB skipped", value=skipped / 1000000.0))
    if not connects:
        left.append(translate("no connection logged"))
    if not left:
        return translate("Too little was read to tell: no drop in {read}.", read=read)
    return translate(
        "Too little was read to tell: no drop in {read}, but "
        "{left}. Give --limit more seconds, or the folder with "
        "older logs.",
        read=read,
        left=", ".join(left),
    )
