"""What the lab can start: one scenario, sound or with exactly one fault."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from streamtriage.model import CauseId, Intake
from streamtriage.registry import layer_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.applications import Starlette
    from starlette.types import ASGIApp

    from streamtriage.lab.forward_proxy import ForwardRules
    from streamtriage.lab.h2_front import Front
    from streamtriage.lab.tcp_relay import Relay

__all__ = ["Scenario", "Setup", "Wrap", "chain", "fault", "sound"]

Wrap: TypeAlias = "Callable[[ASGIApp], ASGIApp]"
Certificate: TypeAlias = Literal[
    "none",
    "untrusted",
    "wrong-name",
    "valid",
    "expired",
    "not-yet-valid",
    "leaf-only",
    "mutual",
    "outdated",
]


@dataclass(frozen=True)
class Setup:
    """The parts of one running scenario, from the app outwards.

    `wrap` is laid over the real server's app, which `app` replaces by another one;
    `front`, `relay` or both, in this order, stand between the client and its socket.
    `host`, `path` and `scheme` replace what the URL would say. `address` is what the
    server listens on,
    `silent` leaves every connection unanswered, and `forward` is a proxy that the
    client is told to use. `intake` is what the person who meets this fault would have
    typed, `environ` what their shell holds. `options` are the SDK's own, and `starts`
    tells whether the app's lifespan is run. A server that is as if started anew when
    nobody has asked it for some time says after how long in `well_after_s`.
    """

    wrap: Wrap | None = None
    app: Callable[[], Starlette] | None = None
    relay: Relay | None = None
    front: Front | None = None
    certificate: Certificate = "none"
    stateless: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)
    starts: bool = True
    replicas: int = 1
    environ: Mapping[str, str] = field(default_factory=dict)
    restarts: bool = False
    listens: bool = True
    silent: bool = False
    forward: ForwardRules | None = None
    address: Literal["127.0.0.1", "::1"] = "127.0.0.1"
    host: str = "127.0.0.1"
    path: str = "/mcp"
    scheme: Literal["", "http", "https"] = ""
    needs_hold_s: float = 0.0
    well_after_s: float = 0.0
    intake: Intake = field(default_factory=Intake)


@dataclass(frozen=True)
class Scenario:
    """One scenario: its id, what it does, and the cause that it must be judged as.

    `cause` is None for a sound server. `imitates` says which real product and default
    the fault was taken from.
    """

    name: str
    title: str
    imitates: str
    cause: CauseId | None
    build: Callable[[], Setup]

    def setup(self) -> Setup:
        return self.build()


def chain(*wraps: Wrap) -> Wrap:
    """Lay one wrapper over the other, the first one innermost."""

    def wrap(app: ASGIApp) -> ASGIApp:
        for each in wraps:
            app = each(app)
        return app

    return wrap


def fault(build: Callable[[], Setup]) -> Scenario:
    """Make a scenario of a function named after the cause that it reproduces.

    Raises ImportError where the function does not stand in a file of its own name.
    """
    layer_of(build)
    name = build.__name__.replace("_", "-")
    title, imitates = _words(build)
    return Scenario(name, title, imitates, CauseId(name), build)


def sound(build: Callable[[], Setup]) -> Scenario:
    """Make a scenario in which nothing is wrong."""
    title, imitates = _words(build)
    return Scenario(build.__name__.replace("_", "-"), title, imitates, None, build)


def _words(build: Callable[[], Setup]) -> tuple[str, str]:
    first, _, rest = (build.__doc__ or "").strip().partition("\n")
    return first.rstrip("."), " ".join(rest.split())
