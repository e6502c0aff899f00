"""What surrounds the client: a container, a proxy."""

from __future__ import annotations

from dataclasses import replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.model import Failure, Status
from streamtriage.model.message import say
from streamtriage.observations.this_machine import local_of, log_of

if TYPE_CHECKING:
    from streamtriage.causes.cause import Cause
    from streamtriage.model import LocalEvidence
    from streamtriage.observations.case import Case

__all__ = ["by_settings", "host_of", "with_settings"]


def host_of(case: Case) -> str:
    """Return the host of the URL that was given; empty where it has none."""
    try:
        return urlsplit(case.intake.url).hostname or ""
    except ValueError:
        return ""


_PROXY_TEXTS = ("Proxy refused to open a tunnel", "ERR_PROXY_TUNNEL", "code: 407")


def by_settings(case: Case) -> Judgement:
    """Judge from the client's own log and settings whether a proxy refuses the way."""
    reach = case.reach
    if reach is not None and reach.failure is Failure.PROXY_REFUSED:
        return present(
            say(
                "client-surroundings.by-settings.present",
                proxy=reach.proxy,
                failure_detail=reach.failure_detail or reach.failure,
            ),
            "reach",
        )
    local, log = local_of(case), log_of(case)
    if local is None:
        return unknown(say("client-surroundings.by-settings.unknown"))
    proxy = _proxy(local, case)
    said = next((t for t in _PROXY_TEXTS if log is not None and t in log.error), "")
    if said and reach is not None and reach.failure is None and not reach.proxy:
        return suspected(
            say("client-surroundings.by-settings.suspected", said=said),
            say("client-surroundings.by-settings.suspected.settle"),
            "local",
            "reach",
        )
    if said and proxy:
        return present(
            say(
                "client-surroundings.by-settings.present.the-client-s-log",
                said=said,
                proxy=proxy[0],
                proxy_2=proxy[1],
            ),
            "local",
        )
    if said:
        return suspected(
            say(
                "client-surroundings.by-settings.suspected.the-client-s-log", said=said
            ),
            say("client-surroundings.by-settings.suspected.settle.look-at-the-env"),
            "local",
        )
    if proxy is None:
        return absent(say("client-surroundings.by-settings.absent"), "local")
    return absent(
        say(
            "client-surroundings.by-settings.absent.is-set-and-nothing", proxy=proxy[0]
        ),
        "local",
    )


def with_settings(judged: Cause) -> Cause:
    """Let a cause that tries the proxy also weigh what the client's settings say.

    Where the probe had no proxy to try, because this shell has none, the settings of
    the client that the person uses may still name one.
    """

    def judge(case: Case) -> Judgement:
        probed = judged.judge(case)
        if case.proxy is not None:
            return probed
        settings = by_settings(case)
        telling = (Status.PRESENT, Status.SUSPECTED)
        return settings if settings.status in telling else probed

    return replace(judged, judge=judge)


def _proxy(local: LocalEvidence, case: Case) -> tuple[str, str] | None:
    """Return the variable and proxy that apply to the URL, after NO_PROXY."""
    values = {v.name: v.value for v in local.variables if v.value not in ("", "empty")}
    host = host_of(case)
    exempt = values.get("no_proxy", values.get("NO_PROXY", ""))
    if host and any(_covers(entry, host) for entry in exempt.replace(",", " ").split()):
        return None
    https = case.intake.url.lower().startswith("https")
    names = ["https_proxy", "HTTPS_PROXY"] if https or not case.intake.url else []
    for name in (*names, "http_proxy", "HTTP_PROXY"):
        if values.get(name):
            return name, values[name]
    return None


def _covers(entry: str, host: str) -> bool:
    entry = entry.partition(":")[0].lower() if entry.count(":") == 1 else entry.lower()
    bare = entry.removeprefix("*").removeprefix(".")
    return (
        entry == "*"
        or fnmatchcase(host, entry)
        or host == bare
        or host.endswith(f".{bare}")
    )
