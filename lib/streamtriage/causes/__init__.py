"""Pure functions from evidence to findings; nothing here touches the network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.accepted_text import accepted_with_text
from streamtriage.causes.address import (
    address_unreachable,
    localhost_ipv6_mismatch,
    tcp_blackhole_timeout,
)
from streamtriage.causes.auth import token_expired_no_provider
from streamtriage.causes.beside import (
    limit_counts_open_streams,
    one_session_only,
    one_transport_for_all,
    post_ends_stream,
    posts_wait_for_stream,
    server_fell_silent,
)
from streamtriage.causes.browser import cors_preflight, origin_403
from streamtriage.causes.cause import Cause
from streamtriage.causes.client import (
    claude_code_147_404_loop,
    claude_code_disconnects_on_optional_stream,
    h2_empty_reason,
    sdk_exhausted_silent,
)
from streamtriage.causes.client_limits import (
    bun_idle_360s,
    client_bodytimeout_300s,
    wake_network_not_ready,
)
from streamtriage.causes.client_settings import (
    config_entry_masked,
    config_entry_not_approved,
    config_entry_unusable,
    config_in_wrong_place,
    config_sse_url_as_http,
    config_value_with_blank,
    config_variable_not_filled,
)
from streamtriage.causes.client_stops import priming_event_breaks_client
from streamtriage.causes.client_surroundings import (
    container_localhost,
    with_settings,
)
from streamtriage.causes.content import (
    bad_sse_bytes,
    connection_header_on_h2,
    oversize_sse_frame,
    two_framings,
)
from streamtriage.causes.cover import Cover, cover
from streamtriage.causes.credentials import credential_bound_session
from streamtriage.causes.delay import (
    cdn_caches_stream,
    compression_buffers_sse,
    nginx_buffering,
)
from streamtriage.causes.endpoint import (
    get_204,
    legacy_sse_url_as_http,
    spa_catchall,
)
from streamtriage.causes.ends_others import (
    delete_ends_all_sessions,
    new_session_ends_others,
)
from streamtriage.causes.fixes import (
    Recognised,
    filled_in,
    fixes_for,
    recognised,
)
from streamtriage.causes.gateway_upstream import gateway_without_upstream
from streamtriage.causes.get_dropped import get_ended_unanswered
from streamtriage.causes.guard import host_403, host_421, waf_bot_403
from streamtriage.causes.http import (
    get_4xx_instead_of_405,
    get_200_html_or_json,
    get_not_implemented_404,
    initialized_not_202,
)
from streamtriage.causes.http_sse import (
    http_sse_endpoint_refused,
    http_sse_reply_missing,
)
from streamtriage.causes.identifiers import (
    rmcp_old_401_session,
    session_503_or_200_error,
    session_id_hijacked_by_error,
    session_id_not_exposed,
)
from streamtriage.causes.issued_unknown import issued_session_unknown
from streamtriage.causes.key_refused import key_refused_otherwise
from streamtriage.causes.lifetime import (
    cloudflare_100_125s,
    drain_at_deploy,
    h2_stream_reset,
    platform_max_request_300s,
)
from streamtriage.causes.limits import gateway_blocks_get, rate_limit_429
from streamtriage.causes.listen import (
    era_mixed_replicas,
    listen_flap,
    listen_limit,
    probe_breaks_legacy_server,
)
from streamtriage.causes.log_agreement import agreeing, with_flap, with_logs
from streamtriage.causes.negotiation import (
    accept_406,
    protocol_version_header_400,
    wrong_content_type_415_on_get,
)
from streamtriage.causes.network import (
    dns_nxdomain,
    tcp_refused_server_down,
    tls_name_mismatch,
    tls_untrusted_ca,
)
from streamtriage.causes.no_route import no_route
from streamtriage.causes.oauth import (
    get_401_but_server_has_no_stream,
    insufficient_scope_403,
    oauth_metadata_broken,
    token_refresh_401_loop_v1,
)
from streamtriage.causes.one_change import one_change_mends
from streamtriage.causes.other_transport import config_http_url_as_sse
from streamtriage.causes.outage import (
    deploy_window_5xx,
    proxy_404_during_recreate,
    server_gone_meanwhile,
)
from streamtriage.causes.proxy import (
    proxy_env_connect_refused,
    proxy_tls_inspection_buffers_sse,
)
from streamtriage.causes.redirect import (
    redirect_cross_origin_login,
    redirect_scheme_downgrade,
    redirect_trailing_slash,
)
from streamtriage.causes.refused_again import gateway_refuses_reopening
from streamtriage.causes.reopening import half_open_stream_409
from streamtriage.causes.replicas import (
    multi_replica_no_affinity,
    session_idle_reaped,
    session_needs_cookie,
)
from streamtriage.causes.reply_form import (
    reply_content_type,
    reply_cut_short,
    reply_not_jsonrpc,
    request_answered_202,
    response_id_mismatch,
)
from streamtriage.causes.resume import (
    event_id_rejected,
    last_event_id_500,
    resume_failed_200_empty,
)
from streamtriage.causes.second import (
    csharp_second_get_400,
    hidden_409_instant_close,
    mcp_go_400_session_already_exists,
)
from streamtriage.causes.serving import (
    asgi_lifespan_missing_500,
    max_sessions_503,
    stateless_transport_reused_500,
)
from streamtriage.causes.session import (
    server_restart_session_lost,
    session_400_instead_of_404,
)
from streamtriage.causes.shared_session import one_session_for_all
from streamtriage.causes.stream import (
    headers_never_flushed,
    instant_close_flap,
    stateless_200_dead_stream,
)
from streamtriage.causes.stream_life import lb_idle_60s
from streamtriage.causes.strict_form import charset_refused, chunked_refused
from streamtriage.causes.tls import (
    mtls_required,
    tls_chain_incomplete,
    tls_expired,
    tls_protocol_refused,
    tls_scheme_mismatch,
)
from streamtriage.causes.verdict import conclude
from streamtriage.causes.version import modern_only_server
from streamtriage.causes.wrong_path import wrong_path
from streamtriage.model import Status
from streamtriage.observations import observe
from streamtriage.observations.case import Case

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamtriage.model import Finding

__all__ = [
    "BY_ID",
    "CAUSES",
    "ON_THE_MACHINE",
    "ON_THE_WIRE",
    "Case",
    "Cause",
    "conclude",
    "judge",
]

# The order is that of the lists; which one leads is weighed in `cover`.
ON_THE_WIRE: tuple[Cause, ...] = (
    dns_nxdomain,
    with_settings(proxy_env_connect_refused),
    localhost_ipv6_mismatch,
    tcp_refused_server_down,
    tcp_blackhole_timeout,
    address_unreachable,
    tls_scheme_mismatch,
    tls_protocol_refused,
    mtls_required,
    tls_expired,
    tls_name_mismatch,
    tls_chain_incomplete,
    tls_untrusted_ca,
    rate_limit_429,
    server_fell_silent,
    server_gone_meanwhile,
    redirect_cross_origin_login,
    redirect_scheme_downgrade,
    legacy_sse_url_as_http,
    http_sse_endpoint_refused,
    http_sse_reply_missing,
    wrong_path,
    no_route,
    charset_refused,
    chunked_refused,
    spa_catchall,
    two_framings,
    priming_event_breaks_client,
    connection_header_on_h2,
    era_mixed_replicas,
    modern_only_server,
    host_421,
    host_403,
    waf_bot_403,
    origin_403,
    cors_preflight,
    max_sessions_503,
    asgi_lifespan_missing_500,
    stateless_transport_reused_500,
    insufficient_scope_403,
    oauth_metadata_broken,
    token_expired_no_provider,
    key_refused_otherwise,
    get_401_but_server_has_no_stream,
    token_refresh_401_loop_v1,
    posts_wait_for_stream,
    one_session_only,
    limit_counts_open_streams,
    one_transport_for_all,
    post_ends_stream,
    multi_replica_no_affinity,
    issued_session_unknown,
    session_needs_cookie,
    session_id_not_exposed,
    credential_bound_session,
    protocol_version_header_400,
    session_idle_reaped,
    last_event_id_500,
    event_id_rejected,
    resume_failed_200_empty,
    csharp_second_get_400,
    mcp_go_400_session_already_exists,
    hidden_409_instant_close,
    half_open_stream_409,
    proxy_404_during_recreate,
    deploy_window_5xx,
    one_session_for_all,
    delete_ends_all_sessions,
    new_session_ends_others,
    server_restart_session_lost,
    cdn_caches_stream,
    oversize_sse_frame,
    agreeing(cloudflare_100_125s),
    get_200_html_or_json,
    accept_406,
    wrong_content_type_415_on_get,
    get_204,
    gateway_blocks_get,
    gateway_refuses_reopening,
    get_not_implemented_404,
    get_4xx_instead_of_405,
    get_ended_unanswered,
    with_flap(instant_close_flap),
    proxy_tls_inspection_buffers_sse,
    listen_limit,
    listen_flap,
    compression_buffers_sse,
    nginx_buffering,
    headers_never_flushed,
    h2_stream_reset,
    agreeing(platform_max_request_300s),
    with_logs(lb_idle_60s),
    drain_at_deploy,
    stateless_200_dead_stream,
    session_400_instead_of_404,
    session_503_or_200_error,
    rmcp_old_401_session,
    session_id_hijacked_by_error,
    initialized_not_202,
    accepted_with_text,
    reply_content_type,
    request_answered_202,
    response_id_mismatch,
    reply_cut_short,
    reply_not_jsonrpc,
    gateway_without_upstream,
    redirect_trailing_slash,
    bad_sse_bytes,
    probe_breaks_legacy_server,
    one_change_mends,
)

# What only the person's own machine can tell; unknown where it was not looked at.
ON_THE_MACHINE: tuple[Cause, ...] = (
    config_value_with_blank,
    config_variable_not_filled,
    config_sse_url_as_http,
    config_http_url_as_sse,
    config_entry_unusable,
    config_in_wrong_place,
    config_entry_not_approved,
    config_entry_masked,
    container_localhost,
    claude_code_147_404_loop,
    claude_code_disconnects_on_optional_stream,
    wake_network_not_ready,
    client_bodytimeout_300s,
    bun_idle_360s,
    sdk_exhausted_silent,
    h2_empty_reason,
)
CAUSES = ON_THE_WIRE + ON_THE_MACHINE


BY_ID = {each.id: each for each in CAUSES}


def judge(case: Case, catalogue: Sequence[Cause] = CAUSES) -> Cover:
    """Judge every cause, and weigh them against what was seen.

    Returns one finding for every cause of the catalogue, in its order, those that are
    present, the lead first, and what none of them explains.
    """
    products = recognised(case)
    found = [cause.find(case) for cause in catalogue]
    mended = [_mended(case, each, products) for each in found]
    return cover(case, mended, observe(case), BY_ID)


def _mended(case: Case, finding: Finding, products: Recognised) -> Finding:
    """Rank the changes by who was seen, where a finding is one to act on."""
    if finding.status not in (Status.PRESENT, Status.SUSPECTED):
        return finding
    fixes = filled_in(case, fixes_for(finding.cause, finding.fixes, products))
    return finding.model_copy(update={"fixes": fixes})
