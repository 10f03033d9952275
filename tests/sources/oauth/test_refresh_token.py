"""Refresh tokens that are replaced."""

from __future__ import annotations

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.support.daemon import secret_file
from tests.support.oauth import (
    BY_REFRESH_TOKEN,
    WAYS,
    by,
)
from tests.support.token_endpoint import REFRESH_TOKEN, TokenEndpoint


@pytest.mark.parametrize("way", BY_REFRESH_TOKEN)
def test_a_new_refresh_token_is_kept_for_its_owner_alone(endpoint: TokenEndpoint, here: Path, way: str) -> None:
    endpoint.rotate = True
    by(endpoint, way).current()
    by(endpoint, way).current()  # as after a restart
    assert [asked["refresh_token"] for asked in endpoint.grants] == [REFRESH_TOKEN, f"{REFRESH_TOKEN}-1"]
    [kept] = here.glob("*.refresh-token*")
    assert kept.name == "office.refresh-token"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_another_configured_refresh_token_holds(endpoint: TokenEndpoint, here: Path) -> None:
    endpoint.rotate = True
    found = by(endpoint, WAYS[1])
    found.current()
    secret_file(here / "refresh-token", "consented-anew")
    endpoint.refresh_tokens.add("consented-anew")
    found.refused("token-1-geheimnis")
    found.current()
    assert endpoint.grants[1]["refresh_token"] == "consented-anew"


@pytest.mark.parametrize("content", ["", "{", "[1]", "{}"])
def test_what_a_broken_file_says_does_not_hold(endpoint: TokenEndpoint, here: Path, content: str) -> None:
    (here / "office.refresh-token").write_text(content)
    assert by(endpoint, WAYS[1]).current() == "token-1-geheimnis"


def test_a_refresh_token_that_cannot_be_stored_holds_until_the_end(
    endpoint: TokenEndpoint, here: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A folder in its place stands for a disk that is full."""
    endpoint.rotate = True
    (here / "office.refresh-token").mkdir()
    found = by(endpoint, WAYS[1])
    for number in (1, 2):
        found.refused(found.current())
        assert endpoint.grants[-1]["refresh_token"] == (REFRESH_TOKEN if number == 1 else f"{REFRESH_TOKEN}-1")
    assert "can't be stored" in caplog.text
    assert "geheimnis" not in caplog.text
    (here / "office.refresh-token").rmdir()
    found.current()
    by(endpoint, WAYS[1]).current()
    assert [asked["refresh_token"][-2:] for asked in endpoint.grants[2:]] == ["-2", "-3"]
    assert [path.name for path in here.glob(".office*")] == []


@pytest.mark.parametrize("way", BY_REFRESH_TOKEN)
def test_the_end_of_a_refresh_token_is_known_where_the_endpoint_says_so(endpoint: TokenEndpoint, way: str) -> None:
    cache = by(endpoint, way)
    cache.refused(cache.current())
    before = list(cache.expirations)
    endpoint.refresh_lifetime = 3 * 86400
    cache.refused(cache.current())
    [expiration] = cache.expirations
    assert before == []
    assert (expiration.kind, expiration.name) == ("secret", "refresh token")
    assert timedelta(days=2, hours=23) < expiration.ends_at - datetime.now(UTC) <= timedelta(days=3)


@pytest.mark.parametrize("way", BY_REFRESH_TOKEN)
def test_a_refresh_token_that_comes_with_its_successor_does_not_end(endpoint: TokenEndpoint, way: str) -> None:
    endpoint.refresh_lifetime, endpoint.rotate = 86400, True
    cache = by(endpoint, way)
    cache.current()
    assert cache.expirations == ()


@pytest.mark.parametrize("lifetime", ["soon", "nan", "inf", 1e300, {}, "", "-1e300"])
def test_a_lifetime_that_is_none_is_unknown(endpoint: TokenEndpoint, lifetime: object) -> None:
    endpoint.refresh_lifetime = lifetime
    cache = by(endpoint, WAYS[2])
    assert cache.current() == "token-1-geheimnis"
    assert cache.expirations == ()
