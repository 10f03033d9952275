"""[mailbox.NAME.oauth]: where the access tokens of a mailbox come from."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field

from bounced.config.secrets import Secret, named, secret
from bounced.config.section import Section
from bounced.config.values import Text
from bounced.peer import is_loopback

SECRETS = ("client_secret", "refresh_token", "service_account")

Grant = Literal["client credentials", "refresh token", "service account"]

#: What each way to a token needs besides; with the defaults of ``scope``.
_NEEDS: dict[tuple[str, Grant], tuple[tuple[str, ...], str]] = {
    ("microsoft", "client credentials"): (
        ("tenant", "client_id", "client_secret"),
        "https://outlook.office365.com/.default",
    ),
    ("microsoft", "refresh token"): (("tenant", "client_id"), "https://outlook.office.com/IMAP.AccessAsUser.All"),
    ("google", "refresh token"): (("client_id", "client_secret"), "https://mail.google.com/"),
    ("google", "service account"): ((), "https://mail.google.com/"),
}

_PACKAGES = {"microsoft": "msal", "google": "google.auth"}


def _url(value: object) -> object:
    parts = urlsplit(value if isinstance(value, str) and value.isprintable() else "")
    host = parts.hostname or ""
    if not host or parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError('must be an address like "https://login.example.org/path"')
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
        raise ValueError("must begin with https://")
    return value


Url = Annotated[str, BeforeValidator(_url)]


class OAuthSection(Section):
    """[mailbox.NAME.oauth]"""

    provider: Literal["microsoft", "google"] = Field(description="who gives out the tokens", examples=["microsoft"])
    tenant: Text = Field(default="", description="microsoft: the directory, by its id or its domain")
    client_id: Text = Field(default="", description="the application, as it is registered there")
    client_secret_file: Text = Field(default="", description="file whose first line is the application's secret")
    client_secret_env: Text = Field(default="", description="environment variable that holds it")
    client_secret_credential: Text = Field(default="", description="systemd credential that holds it")
    refresh_token_file: Text = Field(
        default="", description="file whose first line is the refresh token of a user who consented"
    )
    refresh_token_env: Text = Field(default="", description="environment variable that holds it")
    refresh_token_credential: Text = Field(default="", description="systemd credential that holds it")
    service_account_file: Text = Field(default="", description="google: file with the JSON key of a service account")
    service_account_env: Text = Field(default="", description="environment variable that holds it")
    service_account_credential: Text = Field(default="", description="systemd credential that holds it")
    authority: Url = Field(
        default="https://login.microsoftonline.com", description="microsoft: the cloud that the tenant is in"
    )
    token_url: Url = Field(default="https://oauth2.googleapis.com/token", description="google: the token endpoint")
    scope: Text = Field(default="", description="what the tokens are for, where it is not the provider's usual name")
    ca_file: Text = Field(default="", description="PEM file with the CA of the token endpoint instead of the system's")

    @property
    def grant(self) -> Grant:
        """By what the tokens are asked for."""
        if self.secret("service_account"):
            return "service account"
        return "refresh token" if self.secret("refresh_token") else "client credentials"

    @property
    def scopes(self) -> str:
        """What the tokens are for."""
        return self.scope or _NEEDS[self.provider, self.grant][1]

    @property
    def url(self) -> str:
        """Where they are asked for."""
        return f"{self.authority.rstrip('/')}/{self.tenant}" if self.provider == "microsoft" else self.token_url

    def secret(self, what: str) -> Secret:
        """Where one of SECRETS is."""
        return secret(self, what, whole=what == "service_account")

    def missing_package(self) -> str:
        """The package of Python that this provider needs and that is not installed; "" when it is there."""
        package = _PACKAGES[self.provider]
        top = package.partition(".")[0]
        return "" if find_spec(top) and find_spec(package) else package

    def _problems(self) -> Iterator[str]:
        for what in SECRETS:
            if len(found := named(self, what)) > 1:
                yield f"one of {', '.join(found)} is enough"
        if (self.provider, self.grant) not in _NEEDS:
            ways = " or ".join(grant for provider, grant in _NEEDS if provider == self.provider)
            yield f"{self.provider} gives tokens for {ways}, not for {self.grant}"
            return
        for what in _NEEDS[self.provider, self.grant][0]:
            if not (self.secret(what) if what in SECRETS else getattr(self, what)):
                yield f"{what} is missing" + (": its _file, _env or _credential" if what in SECRETS else "")
