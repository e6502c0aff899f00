"""The light check before CI or production depends on a server, and its outputs."""

from __future__ import annotations

from streamtriage.preflight.asking import (
    HOLD_S,
    Asking,
    concluded,
    not_asked,
    preflight,
    server_of,
)
from streamtriage.preflight.configured import configured
from streamtriage.preflight.gate import Check, Judged, Policy, Preflight, Server, Try
from streamtriage.preflight.github import render_annotations, render_problem
from streamtriage.preflight.junit import render_junit
from streamtriage.preflight.policy import PolicyError, policy_of
from streamtriage.preflight.sarif import ANCHOR, render_sarif
from streamtriage.preflight.words import (
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

__all__ = [
    "ANCHOR",
    "HOLD_S",
    "Asking",
    "Check",
    "Judged",
    "Policy",
    "PolicyError",
    "Preflight",
    "Server",
    "Try",
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
    "render_problem",
    "render_reasons",
    "render_sarif",
    "render_text",
    "rules",
    "server_of",
    "unknown_markdown",
]
