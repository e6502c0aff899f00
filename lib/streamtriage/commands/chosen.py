"""The server to triage where no URL was given: what this machine's clients know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.commands.options import usage
from streamtriage.error_text.clients_seen import known_client
from streamtriage.languages import translate
from streamtriage.model import Intake, entries
from streamtriage.own_process import TooLongError, look_apart
from streamtriage.phrases import count
from streamtriage.workstation.candidates import prefill

if TYPE_CHECKING:
    from streamtriage.commands.entered import Entered
    from streamtriage.workstation.candidates import Candidate

__all__ = ["chosen_server", "entered_of", "story_of"]


def chosen_server(client: str = "") -> Candidate:
    """Return the server that fails most in the logs, or the only one configured.

    `client` leaves only what this client knows. Ends with words and exit code 2 where
    there is none, or more than one to choose from.
    """
    known = known_client(client)
    title = known.title if known else client
    try:
        local = look_apart()
    except TooLongError as problem:
        usage(translate("{problem}. Give the server's URL.", problem=problem.words()))
    found = [
        each
        for each in prefill(local)
        if each.url and (not title or each.client == title)
    ]
    failing = [each for each in found if each.failures]
    urls = dict.fromkeys(each.url for each in found)
    if not found:
        whose = (
            translate("{client}'s", client=title)
            if title
            else translate("this machine's clients'")
        )
        usage(
            translate(
                "No URL was given, and no remote server is in {whose} "
                "configuration or logs. Give the server's URL.",
                whose=whose,
            )
        )
    if not failing and len(urls) > 1:
        names = ", ".join(f"{each.server} ({each.url})" for each in found[:8])
        usage(
            translate(
                "No URL was given, and no log tells which server fails. "
                "Give one: {names}",
                names=names,
            )
        )
    best = (failing or found)[0]
    if not best.url_is_whole:
        usage(
            translate(
                "{client}'s entry {server} hides a part of its URL. Give "
                "the whole URL.",
                client=best.client,
                server=best.server,
            )
        )
    return best


def entered_of(one: Candidate) -> Entered:
    """Return what this machine tells of a server, by field of the intake."""
    told = {name: getattr(one, name, "") for name in entries(Intake)}
    return {k: v for k, v in told.items() if v} | {"client": _named_client(one)}


def story_of(one: Candidate) -> str:
    """Say which server was chosen, and why."""
    named = f"{one.server} of {one.client} {one.client_version}".strip()
    if one.failures:
        failures = count(one.failures, "failure")
        why = (
            translate(
                "its log tells of {failures} since {since}",
                failures=failures,
                since=one.failing_since,
            )
            if one.failing_since
            else translate("its log tells of {failures}", failures=failures)
        )
    else:
        log = (
            translate("its log tells of no failure")
            if one.last_at
            else translate("no log of it was found")
        )
        why = translate("the only remote server; {log}", log=log)
    return translate(
        "No URL was given, so {named} is asked: {url} ({why}).",
        named=named,
        url=one.url,
        why=why,
    )


def _named_client(one: Candidate) -> str:
    """Return the client as the tables call it."""
    known = known_client(one.client)
    return known.name if known else one.client
