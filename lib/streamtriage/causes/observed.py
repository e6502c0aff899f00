"""What was seen and is not explained, in words: one sentence for what is alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.model.message import join_sentences, say
from streamtriage.model.observation import Kind
from streamtriage.wording import ended_words, listed, seconds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamtriage.model.message import Text
    from streamtriage.model.observation import Observation

__all__ = ["describe_all"]

# Of more ages the shortest and the longest are told: how many there are is chance.
_PAIR = 2
_TOLD = 3
_SIDE_BY_SIDE_S = 0.25
_ENDED = (Kind.CUT, Kind.FLAP)
_MALFORMED = {
    "not-http": say("observed.said.was-answered-in-bytes-that"),
    "two-framings": say("observed.said.was-answered-with-two-framings"),
    "no-reply": say("observed.said.was-answered-without-a-json"),
    "acknowledged": say("observed.said.was-only-acknowledged-and-no"),
    "reply-type": say("observed.said.was-answered-with-a-response"),
    "reply-cut": say("observed.said.was-answered-cut-short"),
    "not-jsonrpc": say("observed.said.was-answered-nearly-json-rpc"),
    "reply-id": say("observed.said.was-answered-to-another-request"),
    "bad-event": say("observed.said.was-answered-with-events-that"),
    "retry-overflows": say("observed.said.was-told-a-retry-that"),
    "priming-event": say("observed.said.began-with-an-event-that"),
    "oversize": say("observed.said.was-answered-with-a-message"),
    "202-with-text": say("observed.said.was-answered-202-with-a"),
    "202-with-text-refused": say("observed.said.was-answered-202-with-a"),
    "other-origin": say("observed.said.named-an-endpoint-at-another"),
    "no-endpoint": say("observed.said.opened-a-stream-that-named"),
    "connection-header": say("observed.said.was-answered-with-connection-over"),
}
_PROMISES = {
    "not-resumed": say("observed.said.was-opened-again-with-an"),
    "shared-session": say("observed.said.got-a-session-that-another"),
    "no-upstream": say("observed.said.was-answered-with-nothing-for"),
    "nobody-to-write-to": say("observed.said.opens-a-stream-though-there"),
    "second-stream-hidden": say("observed.said.was-opened-beside-another-stream"),
}


def describe_all(seen: Sequence[Observation], most: int = 3) -> Text:
    """Return sentences for what is left, heaviest first, alike ones counted.

    At most `most` groups are told, and how many others there are.
    """
    ordered = sorted(
        seen, key=lambda o: (o.weight.rank, o.phase.rank, _like(o), o.at_s)
    )
    alike: dict[tuple[str, ...], list[Observation]] = {}
    for each in ordered:
        alike.setdefault(_like(each), []).append(each)
    groups = list(alike.values())
    told = [_describe_group(group) for group in groups[:most]]
    if len(groups) > most:
        told.append(say("observed.describe-all", n_groups=len(groups) - most))
    return join_sentences(told)


def _like(seen: Observation) -> tuple[str, ...]:
    if seen.kind in _ENDED:
        # How long a stream lived tells the two apart, and is said by its number.
        return ("ended", str(seen.end))
    parts = (seen.kind, seen.phase, seen.status, seen.failure, seen.end, seen.detail)
    return tuple(str(part) for part in parts)


def _describe_group(alike: Sequence[Observation]) -> Text:
    """Return one sentence for observations of one kind, place and number."""
    first = alike[0]
    if first.kind in _ENDED:
        # Which of several watched streams was met first says nothing.
        many = len(alike) > 1
        ended, lived = ended_words(first.end, many=many), _times(alike)
        spread = (
            listed(lived)
            if len(lived) <= _PAIR
            else say(
                "observed.describe-group.spread", lived=lived[0], lived_2=lived[-1]
            )
        )
        after = say("observed.describe-group.after", spread=spread) if lived else ""
        return say(
            "observed.describe-group.text",
            which=say("word.streams") if many else say("observed.describe-group"),
            ended=ended,
            after=after,
        )
    times = (
        say("observed.describe-group.times", n_alike=len(alike))
        if len(alike) > 1
        else ""
    )
    # Of requests that were sent side by side, chance decides which was first by a hair.
    beside = [each for each in alike if each.at_s - first.at_s <= _SIDE_BY_SIDE_S]
    named = min(each.label or each.detail for each in beside)
    return say(
        "observed.describe-group.text-2",
        label=named,
        said=_said(first, alike),
        times=times,
    )


def _said(first: Observation, alike: Sequence[Observation]) -> Text:
    waits = _waits(alike)
    if first.kind is Kind.REFUSED:
        return say("observed.said", status=first.status, waits=waits)
    if first.kind is Kind.UNANSWERED:
        return say("observed.said.got-no-answer", failure=first.failure, waits=waits)
    if first.kind is Kind.NOT_REACHED:
        return say("observed.said.did-not-reach-the", failure=first.failure)
    if first.kind is Kind.LATE_HEAD:
        return say("observed.said.got-no-response-head", waits=waits)
    if first.kind is Kind.LATE_BODY:
        return say("observed.said.got-its-bytes-late", waits=waits)
    if first.kind is Kind.MALFORMED:
        return _MALFORMED.get(
            first.detail, say("observed.said.is-malformed", detail=first.detail)
        )
    if first.kind is Kind.BROKEN_PROMISE:
        return _PROMISES.get(
            first.detail, say("observed.said.broke-a-promise", detail=first.detail)
        )
    return _OTHERS.get(first.kind, str(first.kind))


_OTHERS = {
    Kind.INCONSISTENT: say("observed.said.was-refused-and-accepted-in"),
    Kind.ALTERED: say("observed.said.was-changed-on-the-way"),
    Kind.TEXT_NOT_SEEN: say("observed.said.was-pasted-and-did-not"),
    Kind.LOCAL: say("observed.said.is-what-this-machine-says"),
}


def _waits(alike: Sequence[Observation]) -> Text:
    """Return after which times, three at most; nothing where none took a second."""
    if any((each.after_s or 0.0) >= 1 for each in alike):
        return say("observed.waits", times=listed(_times(alike)[:_TOLD]))
    return ""


def _times(alike: Sequence[Observation]) -> list[Text]:
    return [
        seconds(s) for s in sorted(o.after_s for o in alike if o.after_s is not None)
    ]
