"""What every test that opens a connection may ask for."""

from __future__ import annotations

import gc
import os
import ssl
from typing import TYPE_CHECKING

import pytest
import trustme
from hypothesis import settings

import side_by_side
from quick_start import GRAMMAR
from streamtriage.on_first_use import without

# No test checks the form of an address by a schema.
with without("jsonschema", GRAMMAR):
    import jsonschema  # noqa: F401

# A few examples, always the same, whenever the tests run; many new ones in a part of
# `make test-real`, by --hypothesis-profile. How long one takes depends on the machine.
settings.register_profile("few", max_examples=25, deadline=None, derandomize=True)
settings.register_profile("many", max_examples=500, deadline=None, print_blob=True)
settings.load_profile("few")

# Whatever language this machine speaks, the tests read English.
os.environ.setdefault("STREAMTRIAGE_LANG", "en")

pytest_plugins = ("first_answers",)

if TYPE_CHECKING:
    from pathlib import Path


def pytest_collection_finish() -> None:
    """Keep what the tests themselves are made of out of every look for garbage.

    Such a look takes half a second in a process that holds all tests, and one with what
    they keep of their servers. Nothing is read meanwhile, and streams look late.
    """
    _hold()


def pytest_sessionfinish() -> None:
    """Wait for the processes that asked servers, so that their cost is counted."""
    side_by_side.stop()


@pytest.fixture(scope="module", autouse=True)
def _kept_by_others() -> None:
    """Keep what the modules before hold out of it, too."""
    _hold()


def _hold() -> None:
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="session")
def ca_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> str:
    path: Path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(path)
    return str(path)


@pytest.fixture(scope="session")
def tls(authority: trustme.CA) -> ssl.SSLContext:
    """Return a server's TLS for 127.0.0.1 that offers HTTP/1.1."""
    return _context(authority, "http/1.1")


@pytest.fixture(scope="session")
def tls_h2(authority: trustme.CA) -> ssl.SSLContext:
    """Return a server's TLS for 127.0.0.1 that offers HTTP/2."""
    return _context(authority, "h2")


def _context(authority: trustme.CA, alpn: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)
    context.set_alpn_protocols([alpn])
    return context
