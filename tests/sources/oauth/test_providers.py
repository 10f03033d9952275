"""Access tokens by msal and google-auth: how they are asked for, and which secrets that takes."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from bounced.daemon import preflight
from bounced.errors import MailboxError, Unreachable
from tests.support.commands import bounced
from tests.support.daemon import secret_file
from tests.support.oauth import (
    WAYS,
    by,
    checked,
    oauth,
    pem,
    problem,
    script,
    service_account,
    tokens,
)
from tests.support.scripted import ScriptedImap
from tests.support.token_endpoint import REFRESH_TOKEN, TokenEndpoint


@pytest.mark.parametrize(
    ("way", "asked"),
    [
        (WAYS[0], {"grant_type": "client_credentials", "scope": "https://outlook.office365.com/.default"}),
        (WAYS[1], {"grant_type": "refresh_token", "refresh_token": REFRESH_TOKEN}),
        (WAYS[2], {"grant_type": "refresh_token", "scope": "https://mail.google.com/"}),
        (WAYS[3], {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer"}),
    ],
)
def test_a_token_is_fetched_and_kept(endpoint: TokenEndpoint, way: str, asked: dict[str, str]) -> None:
    found = by(endpoint, way)
    assert [found.current(), found.current()] == ["token-1-geheimnis"] * 2
    assert asked.items() <= endpoint.grants[0].items()
    assert len(endpoint.grants) == 1


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("lifetime", [1, "1", None, -5])
def test_the_endpoint_says_how_long_a_token_is_good(endpoint: TokenEndpoint, way: str, lifetime: object) -> None:
    """Whatever it says, it is taken for a lifetime or for none; a token that is refused is always replaced."""
    endpoint.lifetime = lifetime
    found = by(endpoint, way)
    assert found.current() == "token-1-geheimnis"
    found.refused("token-1-geheimnis")
    assert found.current() == "token-2-geheimnis"


def test_microsofts_scopes_are_imap_and_what_the_cloud_calls_it(endpoint: TokenEndpoint) -> None:
    by(endpoint, WAYS[1]).current()
    by(endpoint, WAYS[0], scope="https://outlook.office365.us/.default").current()
    assert "https://outlook.office.com/IMAP.AccessAsUser.All" in endpoint.grants[0]["scope"].split()
    assert endpoint.grants[1]["scope"] == "https://outlook.office365.us/.default"


def test_a_public_client_has_no_secret(endpoint: TokenEndpoint) -> None:
    login = {key: value for key, value in oauth(endpoint, WAYS[1]).items() if key != "client_secret_file"}
    assert tokens({"oauth": login}).current() == "token-1-geheimnis"
    assert "client_secret" not in endpoint.grants[0]


def test_secrets_are_read_when_they_are_needed(endpoint: TokenEndpoint, here: Path) -> None:
    found = by(endpoint, WAYS[0])
    secret_file(here / "client-secret", "another")
    found.current()
    assert endpoint.grants[0]["client_secret"] == "another"
    (here / "client-secret").unlink()
    found.refused("token-1-geheimnis")
    assert problem(found, Unreachable) == "no token: client-secret: No such file or directory"


#: Keys that are not RSA's, the first of a kind that cryptography has never heard of.
NO_KEYS = {
    "unknown": "-----BEGIN PRIVATE KEY-----\nMA4CAQAwBQYDKgMEBAIEAA==\n-----END PRIVATE KEY-----\n",
    "an elliptic curve's": pem(ec.generate_private_key(ec.SECP256R1())),
    "none": "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
}


@pytest.mark.parametrize("kind", NO_KEYS)
def test_a_key_of_another_kind_is_one_line(endpoint: TokenEndpoint, here: Path, kind: str) -> None:
    secret_file(here / "service-account", service_account(NO_KEYS[kind]))
    said = "no token: the key of the service account is not valid"
    assert problem(by(endpoint, WAYS[3])) == said
    (here / "bounced.toml").write_text(
        '[mailbox.office]\nhost = "127.0.0.1"\nuser = "bounces"\n'
        '[mailbox.office.oauth]\nprovider = "google"\nservice_account_file = "service-account"\n'
    )
    assert f"bounced.toml: mailbox.office: oauth: {said}" in preflight.check(Path("bounced.toml"))


@pytest.mark.parametrize("way", WAYS)
def test_whatever_the_libraries_raise_is_one_line(
    endpoint: TokenEndpoint, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A package that was taken away since the start stands for what nobody has thought of."""
    found = by(endpoint, way)
    for package in ("msal", "google.oauth2"):
        monkeypatch.setitem(sys.modules, package, None)
    assert problem(found).startswith("no token: ")


def test_check_config_tells_which_secrets_are_missing(here: Path) -> None:
    table = 'provider = "google"\nclient_id = "c"\nclient_secret_env = "B_CLIENT"\nrefresh_token_file = "nowhere"\n'
    assert checked(here, table) == [
        "the environment variable B_CLIENT is not set",
        "nowhere: No such file or directory",
    ]
    (here / "service-account").chmod(0o644)
    [problem] = checked(here, 'provider = "google"\nservice_account_file = "service-account"\n')
    assert problem.startswith("service-account: is accessible to others (mode 0644): chown ")
    assert problem.endswith(" service-account && chmod 400 service-account")


def test_a_scan_without_a_token_is_one_line(here: Path) -> None:
    words = json.dumps(script(here, "raise SystemExit('geheimnis')"))
    mailbox = f'[mailbox.office]\nhost = "127.0.0.1"\nport = {{}}\ntls = "none"\nuser = "x"\ntoken_command = {words}\n'
    with ScriptedImap({"CAPABILITY": ["* CAPABILITY IMAP4rev1 AUTH=XOAUTH2\r\n"]}) as scripted:
        text = 'workers = 1\n[database]\npath = "bounced.db"\n' + mailbox.format(scripted.account().port)
        (here / "bounced.toml").write_text(text)
        result = bounced("scan", "imap:office", "--config", "bounced.toml")
    assert result.exit_code == 75
    said = "imap:office: token_command: failed with status 1; run it by hand to see why"
    assert result.stderr.splitlines()[-1] == f"bounced: {said}"
    assert "geheimnis" not in result.output


def test_who_logs_in_with_a_password_loads_none_of_it() -> None:
    code = (
        "import sys, bounced.daemon.service; print(*{'msal', 'google', 'requests', 'cryptography'} & set(sys.modules))"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert ended.stdout == "\n"


@pytest.mark.parametrize("way", WAYS)
def test_no_logger_tells_a_secret_at_any_level(
    endpoint: TokenEndpoint, way: str, caplog: pytest.LogCaptureFixture
) -> None:
    endpoint.rotate = True
    with caplog.at_level(logging.DEBUG):
        by(endpoint, way).current()
        endpoint.refresh_tokens = {"none"}
        endpoint.refusal = {"error": "invalid_grant", "error_description": REFRESH_TOKEN}
        with pytest.raises(MailboxError):
            by(endpoint, way).current()
    assert "geheimnis" not in caplog.text
    assert "PRIVATE KEY" not in caplog.text
