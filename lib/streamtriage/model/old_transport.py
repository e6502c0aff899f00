"""The HTTP+SSE transport of revision 2024-11-05, as the probe that speaks it saw it."""

from __future__ import annotations

from typing import Annotated, Literal

from streamtriage.model.crossing import Crossing
from streamtriage.model.evidence import ProbeEvidence
from streamtriage.model.exchange import Exchange, Watch
from streamtriage.model.vocabulary import Noun

__all__ = ["HttpSseEvidence", "OldSession"]


class OldSession(Noun):
    """One session of that transport: a stream, its endpoint, and POSTs to that.

    `endpoint` is the address that the stream named, redacted; `other_origin` says that
    it lies at another origin, where no client may follow. `endpoint_s`, `initialize_s`
    and `post_s` are the seconds from the request to the event, or to the response on
    the stream; None where none came. `prefixed` repeats a refused `initialize` below
    the path under which the stream itself was asked for. `repeated` are more of the
    same, for one refusal cannot tell one process of several. `after` uses the endpoint
    when the stream is gone.
    """

    endpoint: Annotated[str, Crossing(300, address=True)] = ""
    other_origin: bool = False
    endpoint_s: float | None = None
    initialize: Exchange | None = None
    initialize_s: float | None = None
    revision: str = ""
    initialized: Exchange | None = None
    post: Exchange | None = None
    post_s: float | None = None
    prefixed: Exchange | None = None
    repeated: tuple[Exchange, ...] = ()
    ended_by: Literal["", "client-fin", "server"] = ""
    after: Exchange | None = None


class HttpSseEvidence(ProbeEvidence):
    """What a client of HTTP+SSE meets: GET, `endpoint` event, POST, and how it ends.

    `watches` are the streams that named an endpoint, held in silence like those of the
    newer transport, and `sessions` what was said on each of them, in the same order.
    `refused` is the first GET where it opened no such stream. `wanted` is whether the
    client was said to speak this transport before anything was asked.
    """

    probe: Literal["http-sse"] = "http-sse"
    wanted: bool = False
    asked_s: float = 0.0
    watches: tuple[Watch, ...] = ()
    sessions: tuple[OldSession, ...] = ()
    refused: Exchange | None = None

    @property
    def served(self) -> bool:
        """True where the URL is one of this transport."""
        return bool(self.sessions)

    @property
    def worked(self) -> bool:
        """True where a session was opened and answered a request on its stream."""
        return any(each.post_s is not None for each in self.sessions)
