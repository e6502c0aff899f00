"""The fault `half-open-stream-409`."""

from __future__ import annotations

from streamtriage.lab.scenario import Setup, fault
from streamtriage.lab.tcp_relay import Relay, RelayRules

__all__ = ["half_open_stream_409"]


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
