"""What blocks and is not explained, asked again with one thing changed at a time.

Credential, TLS verification, host and method are never changed, no tool is called, and
every session that is opened is deleted.
"""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from streamtriage.knowledge.follow_up import tried_changes
from streamtriage.model import (
    Change,
    Failure,
    FollowUpEvidence,
    HandshakeEvidence,
    Kind,
    Observation,
    Question,
    Role,
    Weight,
)
from streamtriage.on_first_use import compile_later
from streamtriage.probes.context import Probe, answered
from streamtriage.protocol.messages import initialize, initialized, tools_list
from streamtriage.transport.mcp_session import Session

if TYPE_CHECKING:
    from typing import Literal

    from streamtriage.knowledge.follow_up import TriedChange
    from streamtriage.model import Event, Exchange
    from streamtriage.probes.context import Visit
    from streamtriage.transport.requester import LiveResponse, Wire

    Asked = Literal["initialize", "initialized", "post"]

__all__ = ["MOST_REQUESTS", "MOST_S", "PROBE", "claims_strictness", "needed", "run"]

MOST_REQUESTS = 24
MOST_S = 8.0
# One flip takes three more requests, and each may leave a session to delete.
_OF_ONE_TRY = 2
_OF_A_FLIP = 6
_REQUESTS: dict[Role, Asked] = {
    Role.INITIALIZE: "initialize",
    Role.FRESH_SESSION: "initialize",
    Role.SECOND_SESSION: "initialize",
    Role.INITIALIZED: "initialized",
    Role.POST: "post",
}
# A text that says that the form of a request was refused, not what it asked for.
_STRICT = compile_later(
    r"\b(?:40[06]|411|415|422)\b(?=[\s\S]{0,200}(?:content|media|accept|length|chunk))"
    r"|content[- ]?type|unsupported media type|length required|\bcharset\b"
    r"|transfer-encoding",
    re.IGNORECASE,
)
# Clients print this of an answer that they do not take, not of a refused request.
_OF_ANSWERS = compile_later(
    r"unexpected content[- ]?type|content[- ]?type.{0,40}(?:received|returned)"
    r"|media type returned",
    re.IGNORECASE,
)


def claims_strictness(text: str) -> bool:
    """Tell whether a pasted text says that the form of a POST was refused."""
    return bool(_STRICT.search(text)) and not _OF_ANSWERS.search(text)


def needed(visit: Visit) -> bool:
    """Run where something blocks that nothing explains, or the text claims such."""
    if not answered(visit) or visit.wire.braked or visit.speaks_old:
        return False
    return bool(_blocking(visit)) or _claimed(visit)


def _claimed(visit: Visit) -> bool:
    greeted = visit.of(HandshakeEvidence)
    first = greeted.initialize if greeted is not None else None
    works = first is not None and first.worked
    return works and claims_strictness(visit.intake.error)


def _blocking(visit: Visit) -> list[Observation]:
    """Return what blocks and is not explained, one for each request, the first ones."""
    found: dict[Asked, Observation] = {}
    for each in visit.unexplained:
        asks = _REQUESTS.get(each.role)
        if each.status == 401 and visit.wire.challenges:
            # The server has said what is lacking, and a credential is never changed.
            continue
        if each.detail == "rpc-error":
            # It was read, so it is not its form that is refused.
            continue
        blocks = each.weight is Weight.BLOCKING and each.kind in (
            Kind.REFUSED,
            Kind.UNANSWERED,
            Kind.MALFORMED,
        )
        if asks is not None and blocks:
            found.setdefault(asks, each)
    return list(found.values())


async def run(visit: Visit) -> FollowUpEvidence:
    """Ask each of these again unchanged, then changed, within 24 requests and 8 s."""
    return await _Asker(visit).run()


@dataclass(frozen=True)
class _Sent:
    """What one asking brought."""

    seen: Exchange
    spent: int


class _Asker:
    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self._wire = visit.wire
        self._until_s = visit.wire.now() + MOST_S
        self._sent = 0
        self._stopped: Literal["", "requests", "seconds", "braked", "person"] = ""
        self._events: list[Event] = []

    async def run(self) -> FollowUpEvidence:
        questions: list[Question] = []
        for each in _blocking(self._visit):
            if self._goes_on(_OF_ONE_TRY):
                asks = _REQUESTS[each.role]
                questions.append(await self._mend(asks, each))
        if not questions and _claimed(self._visit):
            questions.append(await self._break())
        return FollowUpEvidence(
            questions=tuple(questions),
            sent=self._sent,
            stopped=self._stopped,
            timeline=tuple(sorted(self._events, key=lambda event: event.at_s)),
        )

    # --- questions --------------------------------------------------------------------

    async def _mend(self, asks: Asked, about: Observation) -> Question:
        again = await self._ask(asks, None)
        found = Question(about=about.id, request=asks, again=again)
        # What works now is inconsistent; what is not answered is not worth waiting for.
        if again.worked or not again.answered:
            return found
        rows = [
            row
            for row in tried_changes()
            if row.direction == "mend" and asks in row.requests.split()
        ]
        if asks == "initialized":
            # It is refused for its form alone; what else refuses it is no matter of it.
            rows = [row for row in rows if row.first_after(again.status)]
        rows.sort(key=lambda row: not row.first_after(again.status))
        return await self._try_each(found, rows)

    async def _break(self) -> Question:
        again = await self._ask("initialize", None)
        found = Question(direction="break", again=again)
        rows = [row for row in tried_changes() if row.direction == "break"]
        return await self._try_each(found, rows) if again.worked else found

    async def _try_each(self, found: Question, rows: list[TriedChange]) -> Question:
        for row in rows:
            if not self._makes_a_difference(row, found.again):
                continue
            if not self._goes_on(_OF_ONE_TRY):
                break
            change = await self._try(found, row)
            found = found.model_copy(update={"changes": (*found.changes, change)})
            if found.turn(change) == "flip" or _every_path_alike(found):
                break
        return found

    async def _try(self, found: Question, row: TriedChange) -> Change:
        """Ask with the change; where that differs, without it, and with it again."""
        asks = found.request
        tried = await self._ask(asks, row)
        change = Change(id=row.change, kind=row.kind, says=row.says, tried=tried)
        if found.turn(change) != "once" or not self._goes_on(_OF_A_FLIP):
            return change
        unchanged = await self._ask(asks, None)
        once_more = await self._ask(asks, row)
        return change.model_copy(
            update={"unchanged": unchanged, "once_more": once_more}
        )

    # --- one request ------------------------------------------------------------------

    def _makes_a_difference(self, row: TriedChange, again: Exchange) -> bool:
        url = self._wire.target.url
        if row.path:
            return _changed_url(url, row.path) != url
        name, value = _field(row)
        if name == "content-type":
            return again.request_content_type != value
        if row.header == "-origin":
            return any(n.lower() == "origin" for n in self._wire.target.headers)
        if name == "transfer-encoding":
            return self._sends_chunks is not bool(value)
        if row.header == "http/1.1":
            return again.http_version == "HTTP/2"
        return True

    @property
    def _sends_chunks(self) -> bool:
        dialect = self._wire.dialect
        row = dialect.request("initialize") if dialect is not None else None
        lines = row.headers if row is not None else ()
        return any(line.lower().startswith("transfer-encoding:") for line in lines)

    async def _ask(self, asks: Asked, row: TriedChange | None) -> Exchange:
        wire = self._wire
        if row is not None and row.path:
            wire = wire.aside(url=_changed_url(wire.target.url, row.path))
        if asks == "initialize":
            return await self._initialize(wire, row)
        return await self._in_session(wire, asks, row)

    async def _initialize(self, wire: Wire, row: TriedChange | None) -> Exchange:
        revision = row.revision if row is not None else ""
        body = initialize(revision) if revision else initialize()
        live = await self._post(wire, "initialize", body, row)
        session = Session(wire, "follow-up")
        session.id = live.recorder.session_id
        if live.exchange().accepted:
            await self._end(session)
        return live.exchange()

    async def _in_session(
        self, wire: Wire, asks: Asked, row: TriedChange | None
    ) -> Exchange:
        """Ask in a session of its own, for a refused one may be spoilt."""
        session = Session(wire, "follow-up")
        start = await session.initialize(self._patience_s)
        self._count(start)
        if not session.opened:
            return start.exchange()
        if asks == "post":
            self._count(await session.notify_initialized())
        body = tools_list() if asks == "post" else initialized()
        live = await self._post(wire, asks, body, row, session)
        await self._end(session)
        return live.exchange()

    async def _post(
        self,
        wire: Wire,
        asks: Asked,
        body: dict[str, object],
        row: TriedChange | None,
        session: Session | None = None,
    ) -> LiveResponse:
        name, value = _field(row)
        says = f", {row.says}" if row is not None else ""
        live = await wire.open(
            f"POST {asks} again{says} (follow-up)",
            method="POST",
            session="live" if session is not None else "none",
            session_id=session.id if session is not None else None,
            revision=session.revision if session is not None else None,
            body=body,
            accept=value if name == "accept" else None,
            extra={name: value} if value and name != "accept" else None,
            without=_left_out(name, value),
            http1_only=row is not None and row.header == "http/1.1",
        )
        await live.read_answer(self._patience_s)
        await live.close()
        self._count(live)
        return live

    async def _end(self, session: Session) -> None:
        gone = await session.end()
        if gone is not None:
            self._count(gone)

    # --- bounds -----------------------------------------------------------------------

    @property
    def _patience_s(self) -> float:
        left_s = self._until_s - self._wire.now()
        return max(0.1, min(left_s, self._wire.answer_patience_s))

    def _count(self, live: LiveResponse) -> None:
        self._sent += live.recorder.failure is not Failure.NOT_SENT
        self._events += live.events

    def _goes_on(self, room: int) -> bool:
        """Tell whether so many more requests may be sent; keep why not."""
        if self._visit.cancel.is_set():
            self._stopped = "person"
        elif self._wire.braked:
            self._stopped = "braked"
        elif self._sent + room > MOST_REQUESTS:
            self._stopped = "requests"
        elif self._wire.now() >= self._until_s:
            self._stopped = "seconds"
        return not self._stopped


def _field(row: TriedChange | None) -> tuple[str, str]:
    """Return the header that a change sends; no value where it leaves one out."""
    if row is None or row.header in ("", "http/1.1"):
        return "", ""
    if row.header.startswith("-"):
        return row.header[1:], ""
    name, _, value = row.header.partition(": ")
    return name, value


def _left_out(name: str, value: str) -> frozenset[str]:
    """Return the headers to leave out: chunks and a length exclude each other."""
    if name == "transfer-encoding" and value:
        return frozenset(("content-length",))
    return frozenset((name,)) if name and not value else frozenset()


def _changed_url(url: str, path: str) -> str:
    """Return the URL at another path of the same host."""
    parts = urlsplit(url)
    own = parts.path or "/"
    if path == "-/":
        changed = own.rstrip("/") or "/"
    elif path == "+/":
        changed = own if own.endswith("/") else f"{own}/"
    elif path.startswith("*"):
        changed = own.rstrip("/") + path[1:]
    elif path.endswith("?"):
        changed = f"{path[:-1]}{uuid.uuid5(uuid.NAMESPACE_URL, own).hex[:12]}"
    else:
        changed = path
    return urlunsplit(parts._replace(path=changed))


def _every_path_alike(found: Question) -> bool:
    """Tell whether enough paths were tried, and each was refused in the same words."""
    paths = [c for c in found.changes if c.kind in ("slash", "path")]
    alike = all(
        (c.tried.status, c.tried.body_bytes)
        == (found.again.status, found.again.body_bytes)
        for c in paths
    )
    made_up = any(c.id == "path-made-up" for c in paths)
    return made_up and alike and found.again.status in (404, 410, 530)


PROBE = Probe(
    "follow-up",
    "explain",
    "Changing one thing at a time in what is refused",
    needed,
    run,
)
