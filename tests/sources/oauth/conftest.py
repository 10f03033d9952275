"""A token endpoint on loopback with a certificate of its own, and the secrets that it knows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from tests.support import token_endpoint
from tests.support.daemon import secret_file
from tests.support.oauth import (
    rsa_key,
    service_account,
)
from tests.support.token_endpoint import CLIENT_SECRET, REFRESH_TOKEN, TokenEndpoint


@pytest.fixture(scope="module")
def running(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TokenEndpoint]:
    with token_endpoint.running(authority, tmp_path_factory.mktemp("endpoint")) as endpoint:
        yield endpoint


@pytest.fixture
def endpoint(running: TokenEndpoint) -> TokenEndpoint:
    """The endpoint as it is at first."""
    running.reset("bounces")
    return running


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test runs in a directory of its own in which the secrets lie."""
    monkeypatch.chdir(tmp_path)
    secret_file(tmp_path / "client-secret", CLIENT_SECRET)
    secret_file(tmp_path / "refresh-token", REFRESH_TOKEN)
    secret_file(tmp_path / "service-account", service_account(rsa_key()))
    return tmp_path
