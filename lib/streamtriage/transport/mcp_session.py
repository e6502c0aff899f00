"""One MCP session of our own: opened, used and ended by us alone."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from streamtriage.protocol import messages

if TYPE_CHECKING:
    from streamtriage.model import Event, SessionKind
    from streamtriage.transport.requester import LiveResponse, Wire

__all__ = ["Session", "look_alike_id"]


# Seconds after which an acknowledgement that has not come will not come.
NOTICE_S = 15.0


class Session:
    """A session up to revision 2025-11-25, or the lack of one on a stateless server."""

    def __init__(
        self, wire: Wire, purpose: str, capabilities: dict[str, Any] | None = None
    ) -> None:
        self.wire = wire
        self.capabilities = capabilities
        self.purpose = purpose
        self.id: str | None = None
        self.revision: str | None = None
        self.opened = False
        self.result: dict[str, Any] = {}
        self.responses: list[LiveResponse] = []
        self._ended = False

    @property
    def timeline(self) -> tuple[Event, ...]:
        """Every moment of every response, in order."""
        events = (event for live in self.responses for event in live.events)
        return tuple(sorted(events, key=lambda event: event.at_s))

    async def initialize(
        self,
        patience_s: float | None = None,
        *,
        trial: bool = False,
        fresh: bool = False,
    ) -> LiveResponse:
        """Open the session; `trial` tries whether connections can be kept."""
        live = await self.wire.ask(
            f"initialize ({self.purpose})",
            opened_for=self.purpose,
            body=self._opening(),
            revision=self._asked_before(),
            patience_s=patience_s,
            trial=trial,
            fresh=fresh,
        )
        self.responses.append(live)
        result = (live.recorder.reply or {}).get("result")
        status = live.recorder.status
        if status is None or not 200 <= status < 300:
            return live
        self.id = live.recorder.session_id
        if isinstance(result, dict):
            self.opened = True
            self.result = result
            self.revision = messages.sendable(result.get("protocolVersion"))
        return live

    def _opening(self) -> dict[str, Any]:
        """Return the `initialize` of the dialect; our own capabilities go first."""
        spoken = self.wire.dialect
        if spoken is None:
            return messages.initialize(capabilities=self.capabilities)
        offered = (
            spoken.capabilities if self.capabilities is None else self.capabilities
        )
        info = spoken.client_info
        if info.get("name", "").startswith("measured"):
            # A library has no name of its own: its rows hold that of who measured it.
            named = info["name"].replace("measured", str(messages.OURS["name"]), 1)
            info = {**info, "name": named, "version": str(messages.OURS["version"])}
        return messages.initialize(spoken.opening_revision, offered, info)

    def _asked_before(self) -> str | None:
        """Return the revision for a client that names it before it is agreed."""
        return self.wire.dialect.opening_revision if self.wire.dialect else None

    async def notify_initialized(self, *, fresh: bool = False) -> LiveResponse:
        """Send the notification; to acknowledge it nothing has to be worked out."""
        return await self.post(
            "notifications/initialized",
            messages.initialized(),
            patience_s=min(NOTICE_S, self.wire.answer_patience_s),
            fresh=fresh,
        )

    async def open(self) -> bool:
        """Do the whole handshake; False when the server would not have it."""
        await self.initialize()
        if self.opened:
            await self.notify_initialized()
        return self.opened

    async def post(  # noqa: PLR0913 - what a question may differ in
        self,
        label: str = "tools/list",
        body: dict[str, Any] | None = None,
        *,
        extra: dict[str, str] | None = None,
        without: frozenset[str] = frozenset(),
        patience_s: float | None = None,
        fresh: bool = False,
    ) -> LiveResponse:
        """POST something harmless; `fresh` on a connection of its own."""
        live = await self.wire.ask(
            f"POST {label} ({self.purpose})",
            session="live",
            opened_for=self.purpose,
            session_id=self.id,
            revision=self.revision,
            body=body or messages.tools_list(),
            extra=extra,
            without=without,
            patience_s=patience_s,
            fresh=fresh,
        )
        self.responses.append(live)
        return live

    async def get(  # noqa: PLR0913 - each differs in one of the refusals told apart
        self,
        label: str,
        *,
        session: SessionKind = "live",
        session_id: str | None = None,
        accept: str | None = None,
        extra: dict[str, str] | None = None,
        without: frozenset[str] = frozenset(),
        http1_only: bool = False,
    ) -> LiveResponse:
        """Send the GET that asks for the stream; the caller watches and closes it."""
        live = await self.wire.open(
            f"{label} ({self.purpose})",
            session=session,
            opened_for=self.purpose,
            session_id=self.id if session == "live" else session_id,
            revision=self.revision,
            accept=accept,
            extra=extra,
            without=without,
            http1_only=http1_only,
        )
        self.responses.append(live)
        return live

    async def end(self) -> LiveResponse | None:
        """DELETE the session that this object opened, once; None if there is none."""
        if self.id is None or self._ended:
            return None
        self._ended = True
        live = await self.wire.ask(
            f"DELETE ({self.purpose})",
            method="DELETE",
            session="live",
            opened_for=self.purpose,
            session_id=self.id,
            revision=self.revision,
            patience_s=min(3.0, self.wire.answer_patience_s),
        )
        self.responses.append(live)
        return live


def look_alike_id(session_id: str) -> str:
    """Return an id of the same form that the server never issued.

    A malformed id may rightly be answered 400, so the form must be the server's own.
    """
    noise = iter(uuid.uuid4().hex * (len(session_id) // 32 + 1))
    made = "".join(
        next(noise) if char in "0123456789abcdef" else char for char in session_id
    )
    # An id without a hexadecimal digit would come out unchanged.
    return made if made != session_id else uuid.uuid4().hex
