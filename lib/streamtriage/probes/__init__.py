"""One file a probe: each asks the network one kind of question and judges nothing."""

from __future__ import annotations

from streamtriage.probes import (
    afterwards,
    auth,
    concurrent,
    control,
    delay,
    era,
    fingerprint,
    follow_up,
    guard,
    handshake,
    hold,
    http_sse,
    lifetime,
    listen,
    open,  # noqa: A004
    provider,
    proxy,
    reach,
    redirect,
    reopen,
    replicas,
    resume,
    second,
    session,
    silence,
    tls,
)
from streamtriage.probes.choice import chosen
from streamtriage.probes.visit import (
    Probe,
    Visit,
    always,
    answered,
    in_session,
)

__all__ = ["PROBES", "Probe", "Visit", "chosen"]

# In the order in which the report tells the story.
PROBES: tuple[Probe, ...] = (
    Probe(
        "reach",
        "reach",
        "Reaching the server: name, TCP, TLS",
        always,
        lambda visit: reach.run(visit.wire),
    ),
    Probe(
        "tls",
        "ask",
        "Asking what lies behind the TLS handshake",
        tls.needed,
        tls.run,
    ),
    Probe(
        "redirect",
        "greet",
        "Following redirects inside the server's origin",
        answered,
        redirect.run,
    ),
    Probe(
        "proxy",
        "ask",
        "Asking the proxy, and the server without it",
        proxy.needed,
        proxy.run,
    ),
    Probe(
        "era",
        "greet",
        "Asking which protocol revisions it speaks",
        answered,
        lambda visit: era.run(visit.wire, asked=visit.discovered),
    ),
    Probe(
        "handshake",
        "greet",
        "Opening a session and sending a harmless POST",
        answered,
        lambda visit: handshake.run(
            visit.wire, visit.session, modern=visit.speaks_modern
        ),
    ),
    Probe(
        "concurrent",
        "greet",
        "Sending POSTs while a stream is held",
        in_session,
        concurrent.run,
    ),
    Probe(
        "open",
        "ask",
        "Opening the stream in every way that tells refusals apart",
        answered,
        lambda visit: open.run(visit.wire, visit.session),
    ),
    Probe(
        "reopen",
        "ask",
        "Ending the stream and opening it again",
        in_session,
        lambda visit: reopen.run(visit.wire, cancel=visit.cancel),
    ),
    Probe(
        "auth",
        "follow",
        "Finding out why a credential is refused",
        auth.needed,
        auth.run,
    ),
    Probe(
        "guard",
        "follow",
        "Changing one header of a refused request at a time",
        guard.needed,
        guard.run,
    ),
    Probe(
        "replicas",
        "follow",
        "Asking for one session on many fresh connections",
        replicas.needed,
        replicas.run,
    ),
    Probe(
        "second",
        "follow",
        "Opening a second stream beside the first",
        second.needed,
        second.run,
    ),
    Probe(
        "resume",
        "follow",
        "Taking a stream up again after an event",
        resume.needed,
        resume.run,
    ),
    Probe(
        "follow-up",
        "explain",
        "Changing one thing at a time in what is refused",
        follow_up.needed,
        follow_up.run,
    ),
    Probe(
        "session",
        "watch",
        "Leaving a session alone, or using it with another credential",
        session.needed,
        session.run,
    ),
    Probe(
        "provider",
        "ask",
        "Asking the model provider's endpoint",
        lambda visit: bool(visit.intake.provider_url),
        lambda visit: provider.run(visit.wire, visit.intake.provider_url),
    ),
    Probe(
        "control",
        "watch",
        "Holding a stream on this machine for comparison",
        in_session,
        lambda visit: control.run(
            visit.wire, hold_s=visit.intake.hold_s, cancel=visit.cancel
        ),
    ),
    Probe(
        "hold",
        "watch",
        "Watching a silent stream",
        in_session,
        lambda visit: hold.run(
            visit.wire,
            hold_s=visit.intake.hold_s,
            cancel=visit.cancel,
            crowded=lambda: visit.crowded,
        ),
    ),
    Probe(
        "http-sse",
        "watch",
        "Asking as a client of HTTP+SSE does",
        http_sse.needed,
        http_sse.run,
    ),
    Probe(
        "lifetime",
        "watch",
        "Watching a stream that is not silent",
        in_session,
        lifetime.run,
    ),
    Probe(
        "delay",
        "watch",
        "Asking for a compressed stream",
        in_session,
        delay.run,
    ),
    Probe(
        "listen",
        "watch",
        "Listening as revision 2026-07-28 does",
        listen.needed,
        listen.run,
    ),
    Probe(
        "afterwards",
        "last",
        "Looking once more whether requests work",
        afterwards.needed,
        afterwards.run,
    ),
    Probe(
        "silence",
        "sum",
        "Looking for the request after which nothing was answered",
        silence.needed,
        silence.run,
    ),
    Probe(
        "fingerprint",
        "sum",
        "Looking for traces of intermediaries",
        always,
        fingerprint.run,
    ),
)
