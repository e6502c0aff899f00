"""Read a pasted error or log into a Signature, before any probe runs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from streamtriage.error_text.certificates import Certificate, certificate_in
from streamtriage.error_text.clients_seen import (
    OF_EACH,
    client_in,
    clients_of,
    known_client,
    printed_by,
    printed_texts,
)
from streamtriage.error_text.connecting import NotConnected, not_connected
from streamtriage.error_text.edges import whole_edges
from streamtriage.error_text.explain import means, question
from streamtriage.error_text.find import find
from streamtriage.error_text.large import telling_text
from streamtriage.error_text.messages import Message
from streamtriage.error_text.normalise import SEAM, Ink, plain
from streamtriage.error_text.reason_phrases import REFUSALS
from streamtriage.error_text.runtimes import runtime
from streamtriage.error_text.symptoms import symptom_in
from streamtriage.model import PrintedBy, Signature
from streamtriage.on_first_use import compile_later

if TYPE_CHECKING:
    from streamtriage.knowledge.client_texts import ClientTexts
    from streamtriage.model import CertificateFault, Half

__all__ = ["parse"]

# A prediction is a handful of lines; of a long log, the newest are kept.
LINE_CAP = 64

_TELLING: tuple[Half, ...] = (
    "reopen",
    "exhausted",
    "cut",
    "event-unreadable",
    "initial-open",
    "session-lost",
    "connect",
    "unknown",
    "look-alike",
)
_NO_HALF: Half = "none"


def parse(text: str, client: str = "") -> Signature:
    """Say what a text tells of the failure; any text at all has an answer.

    `client` is what the person calls their client; the text's own word outweighs it.
    What the text leaves open stays open.
    """
    ink = Ink(whole_edges(plain(telling_text(text))))
    printed = printed_texts(ink)
    messages = find(ink, printed)
    messages = messages if any(m.half for m in messages) else _traces(ink) or messages
    certificate = certificate_in(ink)
    stopped = None if certificate else not_connected(ink)
    halves = _halves(messages, certificate, stopped)
    half = next((half for half in _TELLING if half in halves), _NO_HALF)
    told = _told(messages, half)
    shown = clients_of(ink, printed)
    who = _who(ink, messages, half, [each for each, _ in shown])
    named = who or known_client(client)
    symptom = symptom_in(ink) if half == "none" else None
    statuses = _statuses(ink, half, told, messages)
    return Signature(
        runtime=runtime(ink, messages, named.runtime if named else ""),
        client=_printed_by(named, ink),
        clients=tuple(client.name for client, _ in shown),
        half=half,
        reason=told.reason if told else None,
        statuses=statuses,
        answered=_answered(half, told, messages, statuses, certificate or stopped),
        halves=halves,
        lines=tuple(m.line for m in messages if m.line)[-LINE_CAP:],
        certificate=_fault(certificate, half, messages),
        symptom=symptom.id if symptom else "",
        first_probe=symptom.first_probe if symptom else "",
        asks=question(half, named, symptom, messages) if text.strip() else "",
        means=means(
            ink, half, messages, told, statuses, certificate or stopped, symptom, named
        ),
    )


def _who(
    ink: Ink, messages: list[Message], half: Half, shown: list[ClientTexts]
) -> ClientTexts | None:
    """Return the client that printed what a text tells most, of all that it shows.

    The SDK's words are of the program whose own stand in the same line.
    """
    told = [m for m in messages if m.half == half]
    rows = [m.printed for m in told if m.printed]
    own = [row.client for row in rows if not (row.row.shared or row.client.base)]
    beside = [client_in(_line_of(ink.text, m.start)) for m in told[:OF_EACH] if m.line]
    own += [each for each in shown if each.title in beside and not each.base]
    return next((each for each in own if each in shown), shown[0] if shown else None)


def _line_of(text: str, place: int) -> str:
    start = text.rfind("\n", max(0, place - _NEAR_BEFORE), place) + 1
    return text[max(start, place - _NEAR_BEFORE) : place]


def _printed_by(client: ClientTexts | None, ink: Ink) -> PrintedBy | None:
    return None if client is None else printed_by(client, ink)


def _halves(
    messages: list[Message],
    certificate: Certificate | None,
    stopped: NotConnected | None,
) -> tuple[Half, ...]:
    """Return the halves that a text tells of, in order of appearance.

    A refused certificate or connection outweighs a request without an answer, which is
    what it is.
    """
    found: dict[Half, None] = {}
    for message in messages:
        rows = message.printed.row.halves if message.printed else ()
        rows = rows if message.half in rows else ()
        for half in rows or ((message.half,) if message.half else ()):
            found[half] = None
    said = certificate or stopped
    if said is not None and not found.keys() - {"look-alike", "unknown"}:
        found["connect"] = None
        found.pop("look-alike", None)
    return tuple(found)


# Words of the client alone, weaker than any message of the SDK: they show that one was
# there, on a line that was not pasted.
_TRACES: tuple[tuple[re.Pattern[str], Half], ...] = (
    (compile_later(r"client_http_failed_to_open_stream"), "initial-open"),
    (compile_later(r"connectiondroppedafter\d{1,9}suptime"), "cut"),
)


def _traces(ink: Ink) -> list[Message]:
    found = []
    for pattern, half in _TRACES:
        spot = pattern.search(ink.letters)
        if spot:
            refused = half == "initial-open"
            found.append(
                Message(
                    half=half,
                    start=ink.place(spot.start()),
                    end=ink.end(spot.end()),
                    kind="status" if refused else None,
                    statuses=REFUSALS if refused else (),
                )
            )
    return found


def _told(messages: list[Message], half: Half) -> Message | None:
    """Choose the message that says most: a reopening's, with a reason, the last one."""
    refused = [m for m in messages if m.kind and not m.look_alike]
    return max(
        refused,
        key=lambda m: (
            m.reason is not None,
            m.half == "reopen",
            m.half == half,
            m.start,
        ),
        default=None,
    )


def _fault(
    certificate: Certificate | None, half: Half, messages: list[Message]
) -> CertificateFault | None:
    if certificate is not None:
        return certificate.fault
    hidden = any(m.printed and m.printed.row.hides_reason for m in messages)
    return "hidden" if half == "connect" and hidden else None


def _answered(
    half: Half,
    told: Message | None,
    messages: list[Message],
    statuses: tuple[int, ...],
    unanswered: Certificate | NotConnected | None,
) -> bool | None:
    if statuses:
        return True
    if unanswered is not None and half in ("connect", "reopen", "initial-open"):
        return False
    if told is not None and told.kind != "other":
        return told.kind != "network"
    said = [m.printed.row.answered for m in messages if m.printed and m.half == half]
    return next((each for each in said if each is not None), None)


# --- statuses -----------------------------------------------------------------------

_NUMBER = compile_later(
    r"(?:\bHTTP(?:/[\d.]{1,3})?\s|\b(?:http_?)?(?:code|status|status_?code)[\"']?"
    r"\s{0,2}[:=]?\s{0,2}[\"']?|non-200 status code \()([1-5]\d\d)\b"
    r"|\(([1-5]\d\d)\)",
    re.IGNORECASE,
)
# Lines that still belong to the error above them: a stack, an inspected object.
_GOES_ON = compile_later(
    r"[ \t{}\[\]\"']|(?:code|status|data|event|cause)\b", re.IGNORECASE
)
_NEAR_BEFORE = 80
_NEAR_AFTER = 600
# More numbers than these are no status of one failure.
STATUS_CAP = 8


def _statuses(
    ink: Ink, half: Half, told: Message | None, messages: list[Message]
) -> tuple[int, ...]:
    if half in ("look-alike", "none"):
        return ()
    if told is None:
        return _of_records(ink, half, messages)
    if told.kind == "other":
        return _numbers(told.reason or "", REFUSALS)
    if told.printed or not told.line:
        return _of_rows(half, messages)
    if len(told.statuses) < 2:
        return told.statuses
    near = _near(ink, told, messages, told.statuses)
    if not near and told.statuses == REFUSALS:
        near = _of_echoes(ink, told, messages)
    return near or (told.statuses if told.statuses != REFUSALS else ())


def _of_records(ink: Ink, half: Half, messages: list[Message]) -> tuple[int, ...]:
    """Return the numbers that stand beside texts which hold none themselves."""
    rows = [m for m in messages if m.printed and m.half == half][:STATUS_CAP]
    found = {status for row in rows for status in _near(ink, row, messages, REFUSALS)}
    return tuple(sorted(found))[:STATUS_CAP]


def _of_rows(half: Half, messages: list[Message]) -> tuple[int, ...]:
    """Return the numbers of this half, else of the lines that echo it."""
    rows = [m for m in messages if m.statuses and m.statuses != REFUSALS and not m.line]
    same = [m for m in rows if m.half == half or _also(m, half)]
    echoes = [m for m in rows if m.half is None]
    found = {status for m in same or echoes for status in m.statuses}
    return tuple(sorted(found))[:STATUS_CAP]


def _also(message: Message, half: Half) -> bool:
    if message.printed is None:
        return False
    # A start that failed says why with the words of the request that was refused.
    refused = half == "connect" and message.half == "look-alike"
    return refused or half in message.printed.row.halves


def _of_echoes(ink: Ink, told: Message, messages: list[Message]) -> tuple[int, ...]:
    """Look beside the inner error: the SDK reports it once more, with its number."""
    found: set[int] = set()
    for each in messages:
        if each.line and each.line == told.inner:
            found.update(_near(ink, each, messages, REFUSALS))
    return tuple(sorted(found))[:STATUS_CAP]


def _numbers(text: str, among: tuple[int, ...]) -> tuple[int, ...]:
    said = {int(found[1] or found[2]) for found in _NUMBER.finditer(text)}
    return tuple(sorted(said & set(among)))


def _near(
    ink: Ink, told: Message, messages: list[Message], among: tuple[int, ...]
) -> tuple[int, ...]:
    """Return the numbers of a message's record, or of the object printed with it."""
    said = _numbers(_surroundings(ink.text, told, messages), among)
    return said or _inspected(ink, told, messages, among)


# One line of a stack, and what a log writes before each line.
_FRAME = re.compile(r"at[^{}\x00]{1,300}?:\d{1,7}:\d{1,7}\)?")
_GAP = 80
_MEMBER = re.compile(
    r"(?:code|status|statuscode|status_code|httpstatus)[\"']?[:=][\"']?"
    r"([1-5]\d\d)"
)


def _inspected(
    ink: Ink, told: Message, messages: list[Message], among: tuple[int, ...]
) -> tuple[int, ...]:
    """Read the members that Node.js prints in braces after an error and its stack.

    In the ink, so that neither a wrap nor what a log puts before each line hides them.
    """
    at = ink.letter(told.end)
    stop = min((m.start for m in messages if m.start >= told.end), default=-1)
    end = len(ink.letters) if stop < 0 else ink.letter(stop)
    # Without a stack the object follows at once; another error's may come soon after.
    gap = 2
    while (frame := _FRAME.search(ink.letters, at, min(end, at + 400))) is not None:
        if frame.start() - at > _GAP:
            break
        at, gap = frame.end(), _GAP
    brace = ink.letters.find("{", at, min(end, at + gap))
    if brace < 0:
        return ()
    end = _closing(ink.letters, brace, min(end, brace + _NEAR_AFTER))
    spots = _MEMBER.finditer(ink.letters, brace, end)
    said = {int(spot[1]) for spot in spots if _stands_alone(ink, spot)}
    return tuple(sorted(said & set(among)))


def _closing(letters: str, brace: int, end: int) -> int:
    depth = 0
    for place in range(brace, end):
        depth += (letters[place] == "{") - (letters[place] == "}")
        if depth == 0:
            return place
    return end


def _stands_alone(ink: Ink, spot: re.Match[str]) -> bool:
    """Say whether neither a word before nor a digit after it was joined by the ink."""
    before = ink.text[ink.place(spot.start()) - 1]
    end = ink.end(spot.end())
    after = ink.text[end : end + 1]
    return not (before.isalnum() or before == "_" or after.isdigit())


def _surroundings(text: str, told: Message, messages: list[Message]) -> str:
    """Return a message's record, up to its neighbours, with what its reason says."""
    floor = max([m.end for m in messages if m.end <= told.start], default=0)
    line = text.rfind("\n", 0, told.start) + 1
    before = text[max(line, floor, told.start - _NEAR_BEFORE) : told.start]
    ceiling = min([m.start for m in messages if m.start >= told.end], default=len(text))
    after = text[told.end : min(ceiling, told.end + _NEAR_AFTER)]
    first, *rest = after.split("\n")
    kept = [first]
    for each in rest:
        if each and not _GOES_ON.match(each):
            break
        kept.append(each)
    return "\n".join((before, told.reason or "", *kept)).replace(SEAM, "\n")
