"""Faults in the life of the GET stream."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.lab.asgi import is_http, on_get
from streamtriage.lab.relay import Relay, RelayRules
from streamtriage.lab.scenario import Setup, fault
from streamtriage.on_first_use import Later

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send
else:
    # Whoever only lists the faults needs no server.
    Response = Later("starlette.responses", "Response")

__all__ = [
    "get_ended_unanswered",
    "half_open_stream_409",
    "headers_never_flushed",
    "instant_close_flap",
    "lb_idle_60s",
    "stateless_200_dead_stream",
]


@fault
def instant_close_flap() -> Setup:
    """Every GET stream opens and ends at once.

    rmcp's answer to a failed resume, and serverless handlers that return.
    """
    return Setup(
        wrap=on_get(lambda: Response(b"", 200, media_type="text/event-stream"))
    )


@fault
def get_ended_unanswered() -> Setup:
    """The connection of every GET is reset before a byte of the answer.

    A handler that crashes its worker, or a firewall that lets no event stream through.
    """
    return Setup(relay=Relay(RelayRules(drops_gets=True)))


@fault
def half_open_stream_409() -> Setup:
    """The client's side of the stream is dropped, the server's side is kept open.

    A proxy that does not pass a client's abort on (`proxy_ignore_client_abort on`), so
    the server refuses a second stream. The drops come at irregular ages, as on a bad
    network.
    """
    # Any two of these differ by 0.6 s, so no two streams of one triage look as
    # if they had met the same limit, however busy the machine is.
    ages = (0.9, 2.7, 1.5, 3.3, 2.1, 3.9)
    rules = RelayRules(keep_upstream=True, drop_ages_s=ages)
    return Setup(relay=Relay(rules), needs_hold_s=6.0)


@fault
def lb_idle_60s() -> Setup:
    """A load balancer cuts a stream that carries no bytes.

    nginx's proxy_read_timeout and the ALB's idle timeout, 60 s by default, here 1.5 s.
    """
    return Setup(relay=Relay(RelayRules(idle_s=1.5)), needs_hold_s=5.0)


@fault
def headers_never_flushed() -> Setup:
    """The response head of the GET is held back until the first event.

    nginx with proxy_buffering on before a server that writes nothing at first, and
    HTTP/2 hops that wait for DATA (go-sdk#937).
    """

    def wrap(app: ASGIApp) -> ASGIApp:
        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            held: list[Message] = []

            async def hold(message: Message) -> None:
                if message["type"] == "http.response.start" and (
                    message["status"] == 200
                ):
                    held.append(message)
                    return
                while held and message.get("body"):
                    await send(held.pop())
                if not held:
                    await send(message)

            await app(scope, receive, hold if is_http(scope, "GET") else send)

        return wrapped

    return Setup(wrap=wrap)


@fault
def stateless_200_dead_stream() -> Setup:
    """A server without sessions holds a GET stream open that can never carry anything.

    The Python SDK with stateless_http=True (python-sdk#2474).
    """
    return Setup(stateless=True)
