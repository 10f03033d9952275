"""Logins by access token, in each of the ways to get one, and how asking for one ends."""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bounced import config
from bounced.config import Config
from bounced.errors import LoginRefused, MailboxError
from bounced.sources import configured
from bounced.sources.oauth.cache import TokenCache
from tests.support.token_endpoint import TokenEndpoint

WAYS = ("client credentials", "microsoft's refresh token", "google's refresh token", "service account")

BY_REFRESH_TOKEN = WAYS[1:3]


@cache
def rsa_key() -> str:
    return pem(rsa.generate_private_key(65537, 2048))


def pem(key: PrivateKeyTypes) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def service_account(key: str) -> str:
    """A key as Google's console hands it out."""
    return json.dumps(
        {"type": "service_account", "client_email": "bounced@project", "private_key": key, "token_uri": "https://else"}
    )


def oauth(endpoint: TokenEndpoint, way: str) -> dict[str, str]:
    """The table by which tokens come this way."""
    microsoft = {
        "provider": "microsoft",
        "tenant": "example.org",
        "client_id": "app",
        "client_secret_file": "client-secret",
        "authority": endpoint.url,
    }
    google = {"provider": "google", "token_url": f"{endpoint.url}/token"}
    keys: Mapping[str, dict[str, str]] = {
        WAYS[0]: microsoft,
        WAYS[1]: {**microsoft, "refresh_token_file": "refresh-token"},
        WAYS[2]: {
            **google,
            "client_id": "app",
            "client_secret_file": "client-secret",
            "refresh_token_file": "refresh-token",
        },
        WAYS[3]: {**google, "service_account_file": "service-account"},
    }
    return {**keys[way], "ca_file": endpoint.ca_file}


def tokens(login: dict[str, Any], environment: Mapping[str, str] = os.environ) -> TokenCache:
    """Those of a mailbox with this login."""
    box = {"host": "127.0.0.1", "user": "bounces", **login}
    found = Config.model_validate({"database": {"path": "bounced.db"}, "mailbox": {"office": box}})
    made = configured.account(found, "office", environment).tokens
    assert made is not None
    return made


def by(endpoint: TokenEndpoint, way: str, **changes: str) -> TokenCache:
    """Those that come this way."""
    return tokens({"oauth": {**oauth(endpoint, way), **changes}})


def problem(found: TokenCache, kind: type[MailboxError] = LoginRefused) -> str:
    """The line that asking ends with; there is no secret in it, nor in its traceback."""
    with pytest.raises(MailboxError) as error:
        found.current()
    assert type(error.value) is kind
    assert "geheimnis" not in "".join(traceback.format_exception(error.value))
    [line] = str(error.value).splitlines()
    return line.removeprefix("imap:office: ")


def script(here: Path, text: str) -> list[str]:
    """A command that runs ``text``."""
    (here / "token.py").write_text(text)
    return [sys.executable, str(here / "token.py")]


def checked(here: Path, table: str) -> list[str]:
    """What is wrong with a mailbox that has this [oauth] table."""
    text = f'[mailbox.office]\nhost = "127.0.0.1"\nuser = "bounces"\n[mailbox.office.oauth]\n{table}'
    (here / "bounced.toml").write_text(text)
    found = config.load(here / "bounced.toml")
    return list(found.mailbox["office"].login_problems({}))
