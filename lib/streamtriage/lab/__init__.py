"""The fault lab: a real MCP server with exactly one fault at a time laid over it."""

from __future__ import annotations

import contextlib
from importlib.util import find_spec
from typing import TYPE_CHECKING

from streamtriage.lab.faults.auth import (
    credential_bound_session,
    get_401_but_server_has_no_stream,
    insufficient_scope_403,
    oauth_metadata_broken,
    token_refresh_401_loop_v1,
)
from streamtriage.lab.faults.beside import (
    limit_counts_open_streams,
    one_session_only,
    one_transport_for_all,
    post_ends_stream,
    posts_wait_for_stream,
    server_fell_silent,
    server_gone_meanwhile,
    two_framings,
)
from streamtriage.lab.faults.client_stops import priming_event_breaks_client
from streamtriage.lab.faults.delay import (
    bad_sse_bytes,
    cdn_caches_stream,
    compression_buffers_sse,
    connection_header_on_h2,
    nginx_buffering,
    oversize_sse_frame,
)
from streamtriage.lab.faults.endpoint import (
    get_204,
    redirect_cross_origin_login,
    redirect_scheme_downgrade,
    redirect_trailing_slash,
    spa_catchall,
)
from streamtriage.lab.faults.form import (
    accepted_with_text,
    charset_refused,
    chunked_refused,
    gateway_without_upstream,
    key_refused_otherwise,
    no_route,
    one_change_mends,
    reply_content_type,
    reply_cut_short,
    reply_not_jsonrpc,
    request_answered_202,
    response_id_mismatch,
    wrong_path,
)
from streamtriage.lab.faults.guard import (
    accept_406,
    cors_preflight,
    host_403,
    host_421,
    origin_403,
    protocol_version_header_400,
    waf_bot_403,
    wrong_content_type_415_on_get,
)
from streamtriage.lab.faults.http import (
    gateway_blocks_get,
    gateway_refuses_reopening,
    get_4xx_instead_of_405,
    get_200_html_or_json,
    get_not_implemented_404,
    initialized_not_202,
    rate_limit_429,
)
from streamtriage.lab.faults.lifetime import (
    cloudflare_100_125s,
    deploy_window_5xx,
    drain_at_deploy,
    h2_stream_reset,
    platform_max_request_300s,
    proxy_404_during_recreate,
)
from streamtriage.lab.faults.listen import (
    era_mixed_replicas,
    listen_flap,
    listen_limit,
    probe_breaks_legacy_server,
)
from streamtriage.lab.faults.network import (
    dns_nxdomain,
    tcp_refused_server_down,
    tls_name_mismatch,
    tls_untrusted_ca,
)
from streamtriage.lab.faults.old_transport import (
    http_sse_endpoint_refused,
    http_sse_reply_missing,
    legacy_sse_url_as_http,
)
from streamtriage.lab.faults.resume import (
    event_id_rejected,
    last_event_id_500,
    resume_failed_200_empty,
)
from streamtriage.lab.faults.second import (
    csharp_second_get_400,
    hidden_409_instant_close,
    mcp_go_400_session_already_exists,
)
from streamtriage.lab.faults.serving import (
    asgi_lifespan_missing_500,
    max_sessions_503,
    stateless_transport_reused_500,
)
from streamtriage.lab.faults.session import (
    delete_ends_all_sessions,
    issued_session_unknown,
    modern_only_server,
    multi_replica_no_affinity,
    new_session_ends_others,
    one_session_for_all,
    rmcp_old_401_session,
    server_restart_session_lost,
    session_400_instead_of_404,
    session_503_or_200_error,
    session_id_hijacked_by_error,
    session_id_not_exposed,
    session_idle_reaped,
    session_needs_cookie,
    token_expired_no_provider,
)
from streamtriage.lab.faults.stream import (
    get_ended_unanswered,
    half_open_stream_409,
    headers_never_flushed,
    instant_close_flap,
    lb_idle_60s,
    stateless_200_dead_stream,
)
from streamtriage.lab.faults.way import (
    address_unreachable,
    localhost_ipv6_mismatch,
    mtls_required,
    proxy_env_connect_refused,
    proxy_tls_inspection_buffers_sse,
    tcp_blackhole_timeout,
    tls_chain_incomplete,
    tls_expired,
    tls_protocol_refused,
    tls_scheme_mismatch,
)
from streamtriage.lab.running import Lab, run
from streamtriage.lab.scenario import Scenario
from streamtriage.lab.sounds import (
    healthy,
    healthy_get_405,
    healthy_in_browser,
    healthy_modern,
    healthy_resumable,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["FAULTS", "SCENARIOS", "SOUND", "Lab", "Scenario", "scenario", "serve"]

SOUND: tuple[Scenario, ...] = (
    healthy,
    healthy_get_405,
    healthy_modern,
    healthy_resumable,
    healthy_in_browser,
)

FAULTS: tuple[Scenario, ...] = (
    dns_nxdomain,
    tcp_refused_server_down,
    tls_untrusted_ca,
    tls_name_mismatch,
    get_not_implemented_404,
    get_4xx_instead_of_405,
    get_ended_unanswered,
    get_200_html_or_json,
    instant_close_flap,
    one_session_for_all,
    delete_ends_all_sessions,
    new_session_ends_others,
    server_restart_session_lost,
    session_400_instead_of_404,
    half_open_stream_409,
    lb_idle_60s,
    headers_never_flushed,
    token_expired_no_provider,
    gateway_blocks_get,
    gateway_refuses_reopening,
    posts_wait_for_stream,
    post_ends_stream,
    limit_counts_open_streams,
    one_session_only,
    one_transport_for_all,
    server_fell_silent,
    server_gone_meanwhile,
    two_framings,
    priming_event_breaks_client,
    rate_limit_429,
    modern_only_server,
    stateless_200_dead_stream,
    initialized_not_202,
    platform_max_request_300s,
    cloudflare_100_125s,
    h2_stream_reset,
    drain_at_deploy,
    deploy_window_5xx,
    proxy_404_during_recreate,
    compression_buffers_sse,
    nginx_buffering,
    cdn_caches_stream,
    bad_sse_bytes,
    oversize_sse_frame,
    connection_header_on_h2,
    listen_flap,
    listen_limit,
    probe_breaks_legacy_server,
    era_mixed_replicas,
    get_401_but_server_has_no_stream,
    insufficient_scope_403,
    oauth_metadata_broken,
    credential_bound_session,
    token_refresh_401_loop_v1,
    accept_406,
    cors_preflight,
    host_403,
    host_421,
    origin_403,
    protocol_version_header_400,
    waf_bot_403,
    wrong_content_type_415_on_get,
    event_id_rejected,
    last_event_id_500,
    resume_failed_200_empty,
    csharp_second_get_400,
    hidden_409_instant_close,
    mcp_go_400_session_already_exists,
    asgi_lifespan_missing_500,
    max_sessions_503,
    stateless_transport_reused_500,
    issued_session_unknown,
    multi_replica_no_affinity,
    rmcp_old_401_session,
    session_503_or_200_error,
    session_id_hijacked_by_error,
    session_id_not_exposed,
    session_needs_cookie,
    session_idle_reaped,
    tcp_blackhole_timeout,
    address_unreachable,
    localhost_ipv6_mismatch,
    tls_scheme_mismatch,
    tls_expired,
    tls_protocol_refused,
    tls_chain_incomplete,
    mtls_required,
    proxy_env_connect_refused,
    proxy_tls_inspection_buffers_sse,
    redirect_trailing_slash,
    redirect_scheme_downgrade,
    redirect_cross_origin_login,
    legacy_sse_url_as_http,
    get_204,
    spa_catchall,
    http_sse_endpoint_refused,
    http_sse_reply_missing,
    wrong_path,
    no_route,
    charset_refused,
    chunked_refused,
    one_change_mends,
    reply_content_type,
    request_answered_202,
    reply_cut_short,
    reply_not_jsonrpc,
    response_id_mismatch,
    accepted_with_text,
    gateway_without_upstream,
    key_refused_otherwise,
)

SCENARIOS = SOUND + FAULTS


def scenario(name: str) -> Scenario:
    """Return the scenario of this name.

    Raises LookupError, with the nearest names, if there is none.
    """
    for each in SCENARIOS:
        if each.name == name:
            return each
    raise LookupError(
        f"No scenario is called {name!r}. There are: "
        + ", ".join(each.name for each in SCENARIOS)
    )


# What the servers are made of; nobody else needs it.
_NEEDED = ("mcp", "trustme", "uvicorn")


@contextlib.contextmanager
def serve(name: str, port: int = 0) -> Iterator[Lab]:
    """Serve the scenario of this name on loopback until the block ends.

    Raises LookupError for an unknown name, OSError if the port is taken, and
    ModuleNotFoundError, with how to mend it, where the lab is not installed.
    """
    lacking = next((each for each in _NEEDED if find_spec(each) is None), None)
    if lacking is not None:
        raise ModuleNotFoundError(
            f"{lacking} is missing. Install it: pip install 'streamtriage[lab]'.",
            name=lacking,
        )
    with run(scenario(name), port) as lab:
        yield lab
