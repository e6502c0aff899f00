"""The light check before CI or production depends on a server, and its outputs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.apps.preflight.configured import configured
from streamtriage.apps.preflight.github import render_annotations
from streamtriage.apps.preflight.junit import render_junit
from streamtriage.apps.preflight.model import (
    Check,
    Judged,
    Policy,
    Preflight,
    Server,
    Try,
)
from streamtriage.apps.preflight.policy import PolicyError, policy_of
from streamtriage.apps.preflight.render import (
    checks_markdown,
    headline,
    inert,
    reasons_markdown,
    render_markdown,
    render_reasons,
    render_text,
    rules,
    unknown_markdown,
)
from streamtriage.apps.preflight.run import (
    HOLD_S,
    Asking,
    concluded,
    not_asked,
    preflight,
    server_of,
)
from streamtriage.apps.preflight.sarif import ANCHOR, render_sarif
from streamtriage.on_first_use import exports

if TYPE_CHECKING:
    from streamtriage.apps.preflight.notebook import (
        Gate,
        PreflightFailed,
        begin_preflight,
    )

__all__ = [
    "ANCHOR",
    "HOLD_S",
    "Asking",
    "Check",
    "Gate",
    "Judged",
    "Policy",
    "PolicyError",
    "Preflight",
    "PreflightFailed",
    "Server",
    "Try",
    "begin_preflight",
    "checks_markdown",
    "concluded",
    "configured",
    "headline",
    "inert",
    "not_asked",
    "policy_of",
    "preflight",
    "reasons_markdown",
    "render_annotations",
    "render_junit",
    "render_markdown",
    "render_reasons",
    "render_sarif",
    "render_text",
    "rules",
    "server_of",
    "unknown_markdown",
]

# A command needs no kernel.
if not TYPE_CHECKING:
    __getattr__ = exports(
        __name__, {"notebook": "Gate PreflightFailed begin_preflight"}
    )
