"""Causes that only several vantage points together can show; pure functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.fleet.age_causes import shared_limit, vantage_limit
from streamtriage.fleet.comparing import AcrossCause, across, divided
from streamtriage.fleet.vantage_reports import named
from streamtriage.languages import translate
from streamtriage.model import CauseId, Finding, Fix
from streamtriage.wording import answer

if TYPE_CHECKING:
    from streamtriage.fleet.vantage_reports import View, Views

__all__ = ["ACROSS", "compare_views"]

# What a server answers to somebody whom it does not want, rather than to a request.
_UNWELCOME = (401, 403, 407, 451)


@across(
    layer="proxy",
    owner="proxy",
    scope="deployment configuration",
    impact="fatal",
    look_alike=CauseId("vantage-network"),
    fixes=(
        Fix(
            where="the proxy of that vantage point",
            what="Let the server's host and port through, without opening its TLS and "
            "without holding event streams back.",
            paste="acl mcp dstdomain host.example\nhttp_access allow mcp\n"
            "# squid: ssl_bump splice mcp",
            verify="proxy",
        ),
        Fix(
            where="the client there, if the server can be reached without the proxy",
            what="Leave the proxy out for this host.",
            paste="export NO_PROXY=host.example",
            verify="proxy",
        ),
    ),
)
def vantage_proxy(views: Views) -> Judgement:
    """It fails only from where a proxy stands in the way."""
    if (settled := divided(views)) is not None:
        return settled
    used = {view.proxy for view in views.working} | {""}
    own = tuple(view for view in views.failing if view.proxy not in used)
    proven = tuple(view for view in own if _past_it(view))
    bare = tuple(view for view in views.failing if not view.proxy)
    if bare and not proven:
        return absent(
            translate(
                "It fails from {bare} too, where no proxy is used.", bare=named(bare)
            )
        )
    same = tuple(view for view in views.failing if view.proxy in used)
    if same and not proven:
        return absent(
            translate(
                "It works through {proxy} from {working}, so that proxy is "
                "not what makes it fail from {same}.",
                proxy=same[0].proxy,
                working=named(views.working),
                same=named(same),
            )
        )
    shown = proven or own
    text = translate(
        "It works from {working} and fails from {shown}, where "
        "requests go through {proxy}",
        working=named(views.working),
        shown=named(shown),
        proxy=shown[0].proxy,
    )
    if proven:
        return present(
            translate("{text}; past that proxy the server works there.", text=text),
            "proxy",
        )
    return suspected(
        translate(
            "{text}; whether it works from there past the proxy is not known.",
            text=text,
        ),
        translate("Run the triage there with NO_PROXY set to the server's host."),
        "proxy",
    )


def _past_it(view: View) -> bool:
    """Tell whether the same vantage point gets an answer only without its proxy."""
    return view.past_the_proxy is True and view.through_the_proxy is not True


@across(
    layer="network",
    owner="network",
    scope="deployment configuration",
    impact="fatal",
    look_alike=CauseId("vantage-proxy"),
    fixes=(
        Fix(
            where="the firewall or the DNS of that vantage point",
            what="Compare what the name leads to there and elsewhere, then open the "
            "way to that address.",
            paste="getent ahosts host.example\nnc -vz host.example 443",
            verify="reach",
        ),
    ),
)
def vantage_network(views: Views) -> Judgement:
    """From one vantage point no connection can be made, from another one it can."""
    if (settled := divided(views)) is not None:
        return settled
    direct = tuple(view for view in views.failing if not view.proxy)
    cut_off = tuple(view for view in direct if view.connects is False)
    if not cut_off:
        return absent(
            translate(
                "From {failing} a connection was made", failing=named(views.failing)
            )
            + (
                translate(" or a proxy was used.")
                if len(direct) < len(views.failing)
                else "."
            ),
            "reach",
        )
    reached = tuple(view for view in views.telling if view.connects)
    if not reached:
        return unknown(translate("No vantage point made a connection of its own."))
    first = cut_off[0]
    where = _elsewhere(first, reached)
    return present(
        translate(
            "From {reached} the server can be connected to; from "
            "{cut_off} not ({connect_failure}){where}.",
            reached=named(reached),
            cut_off=named(cut_off),
            connect_failure=first.connect_failure,
            where=where,
        ),
        "reach",
    )


def _elsewhere(view: View, others: tuple[View, ...]) -> str:
    there = frozenset().union(*(other.addresses for other in others))
    if not view.addresses:
        return translate(", where its name leads to no address")
    if view.addresses & there:
        return translate(", at the same address")
    return translate(
        ", where its name leads to {join} and not to {join_2}",
        join=", ".join(sorted(view.addresses)),
        join_2=", ".join(sorted(there)),
    )


@across(
    layer="session",
    owner="server",
    scope="deployment configuration",
    impact="degraded",
    look_alike=CauseId("vantage-refused"),
    fixes=(
        Fix(
            where="the deployment",
            what="Compare what runs in the region or replica that answers otherwise "
            "with the others: its version, its routes, its configuration.",
            paste="kubectl rollout status deployment/mcp-server\n"
            "kubectl get pods -o wide -L version",
            verify="open",
        ),
    ),
)
def vantage_region(views: Views) -> Judgement:
    """One region or replica answers otherwise than the others."""
    if (settled := divided(views)) is not None:
        return settled
    odd = tuple(view for view in views.failing if view.refusal is not None)
    if not odd:
        return absent(
            translate(
                "From {failing} no request was refused.", failing=named(views.failing)
            )
        )
    first = odd[0]
    refusal = first.refusal
    assert refusal is not None
    if refusal.status in _UNWELCOME:
        return absent(
            translate(
                "From {vantage} `{label}` was answered {refusal}: a word "
                "about who asks, not about what is asked.",
                vantage=first.vantage,
                label=refusal.label,
                refusal=answer(refusal),
            ),
            "open",
        )
    if any(view.proxy for view in odd):
        return unknown(
            translate(
                "From {odd} a proxy stands between, which may have answered.",
                odd=named(odd),
            )
        )
    text = translate(
        "From {odd} `{label}` was answered {refusal}, while it works from {working}",
        odd=named(odd),
        label=refusal.label,
        refusal=answer(refusal),
        working=named(views.working),
    )
    apart = _told_apart(odd, views.working)
    if apart:
        return present(f"{text}; {apart}.", "reach", "open")
    return suspected(
        translate(
            "{text}, at the same address; replicas behind client-IP "
            "affinity would look like this, and so would a server that "
            "was just being changed.",
            text=text,
        ),
        translate("Ask each replica by its own address, or run the fleet again."),
        "reach",
        "open",
    )


def _told_apart(odd: tuple[View, ...], working: tuple[View, ...]) -> str:
    """Say what shows that different machines answered; empty if nothing does."""
    here = frozenset().union(*(view.addresses for view in odd))
    there = frozenset().union(*(view.addresses for view in working))
    if here and there and not here & there:
        return translate(
            "its name leads to {join} from there and to {join_2} from the others",
            join=", ".join(sorted(here)),
            join_2=", ".join(sorted(there)),
        )
    mine = {view.server for view in odd} - {""}
    theirs = {view.server for view in working} - {""}
    if mine and theirs and not mine & theirs:
        return translate(
            "there {mine} answers, elsewhere {theirs}",
            mine=min(mine),
            theirs=min(theirs),
        )
    return ""


@across(
    layer="auth",
    owner="server",
    scope="account/auth",
    impact="fatal",
    look_alike=CauseId("vantage-region"),
    fixes=(
        Fix(
            where="the firewall or the allow list in front of the server",
            what="Allow the addresses that this vantage point comes from.",
            paste="curl -s https://ifconfig.me  # run there: what the server sees",
            verify="open",
        ),
        Fix(
            where="the workers of that vantage point",
            what="Give them the same credential as the others have.",
            paste="export MCP_TOKEN=…  # before `dask worker`, then start it again",
            verify="auth",
        ),
    ),
)
def vantage_refused(views: Views) -> Judgement:
    """Who asks from one vantage point is refused, from another one let in."""
    if (settled := divided(views)) is not None:
        return settled
    seen = [(view, view.refusal) for view in views.failing]
    odd = [(v, r) for v, r in seen if r is not None and r.status in _UNWELCOME]
    if not odd:
        return absent(
            translate(
                "From {failing} nobody was refused for who they are.",
                failing=named(views.failing),
            )
        )
    view, refusal = odd[0]
    if view.proxy:
        return unknown(
            translate(
                "From {vantage} a proxy stands between, which may have answered.",
                vantage=view.vantage,
            )
        )
    text = translate(
        "From {vantage} `{label}` was answered {refusal}, while {working} was let in",
        vantage=view.vantage,
        label=refusal.label,
        refusal=answer(refusal),
        working=named(views.working),
    )
    if view.gives_credentials:
        return suspected(
            translate(
                "{text}. Either the credential there is another one, or "
                "the address that it comes from is not wanted.",
                text=text,
            ),
            translate("Export the same credential at both, and run the fleet again."),
            "open",
            "auth",
        )
    return present(
        translate(
            "{text}. No credential is used, so where it comes from "
            "makes the difference.",
            text=text,
        ),
        "open",
    )


# Most specific first.
ACROSS: tuple[AcrossCause, ...] = (
    vantage_proxy,
    vantage_network,
    vantage_refused,
    vantage_region,
    vantage_limit,
    shared_limit,
)


def compare_views(views: Views) -> tuple[Finding, ...]:
    """Return one finding for every cause that compares, in the order of `ACROSS`."""
    return tuple(each.find(views) for each in ACROSS)
