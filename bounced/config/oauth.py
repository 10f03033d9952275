"""[mailbox.NAME.oauth]: where the access tokens of a mailbox come from."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from importlib.util import find_spec
from typing import Literal

from pydantic import Field

from bounced.config.secrets import Secret, keys_set, secret
from bounced.config.section import Section
from bounced.config.values import Text, Url

SECRETS = ("client_secret", "refresh_token", "service_account")

Grant = Literal["client credentials", "refresh token", "service account"]

#: The keys that each grant needs, and its default scope.
_REQUIREMENTS: dict[tuple[str, Grant], tuple[tuple[str, ...], str]] = {
    ("microsoft", "client credentials"): (
        ("tenant", "client_id", "client_secret"),
        "https://outlook.office365.com/.default",
    ),
    ("microsoft", "refresh token"): (("tenant", "client_id"), "https://outlook.office.com/IMAP.AccessAsUser.All"),
    ("google", "refresh token"): (("client_id", "client_secret"), "https://mail.google.com/"),
    ("google", "service account"): ((), "https://mail.google.com/"),
}

_PACKAGES = {"microsoft": "msal", "google": "google.auth"}


class OAuthSection(Section):
    """[mailbox.NAME.oauth]"""

    provider: Literal["microsoft", "google"] = Field(description="who issues the tokens", examples=["microsoft"])
    tenant: Text = Field(default="", description="microsoft: id or domain of the directory")
    client_id: Text = Field(default="", description="id of the application that is registered there")
    client_secret_file: Text = Field(default="", description="file whose first line is the client secret")
    client_secret_env: Text = Field(default="", description="environment variable with it")
    client_secret_credential: Text = Field(default="", description="systemd credential with it")
    client_secret_ends: date | None = Field(
        default=None,
        description="the day on which it ends, in UTC, as the provider's page shows it: an alarm comes before",
        examples=["2028-01-31"],
    )
    refresh_token_file: Text = Field(
        default="", description="file whose first line is the refresh token of a user who consented"
    )
    refresh_token_env: Text = Field(default="", description="environment variable with it")
    refresh_token_credential: Text = Field(default="", description="systemd credential with it")
    service_account_file: Text = Field(default="", description="google: file with the JSON key of a service account")
    service_account_env: Text = Field(default="", description="environment variable with it")
    service_account_credential: Text = Field(default="", description="systemd credential with it")
    authority: Url = Field(
        default="https://login.microsoftonline.com", description="microsoft: login endpoint of the tenant's cloud"
    )
    token_url: Url = Field(default="https://oauth2.googleapis.com/token", description="google: the token endpoint")
    scope: Text = Field(default="", description="scope of the tokens, if not the provider's usual one for IMAP")
    ca_file: Text = Field(default="", description="PEM file with the CA of the token endpoint instead of the system's")

    @property
    def grant(self) -> Grant:
        """How tokens are requested."""
        if self.secret("service_account"):
            return "service account"
        return "refresh token" if self.secret("refresh_token") else "client credentials"

    @property
    def scopes(self) -> str:
        """The scope of the tokens."""
        return self.scope or _REQUIREMENTS[self.provider, self.grant][1]

    @property
    def url(self) -> str:
        """Where tokens are requested."""
        return f"{self.authority.rstrip('/')}/{self.tenant}" if self.provider == "microsoft" else self.token_url

    def secret(self, name: str) -> Secret:
        """Where one of SECRETS is."""
        return secret(self, name, whole=name == "service_account")

    def missing_package(self) -> str:
        """The Python package that this provider needs, ``""`` if it is installed."""
        package = _PACKAGES[self.provider]
        top = package.partition(".")[0]
        return "" if find_spec(top) and find_spec(package) else package

    def _problems(self) -> Iterator[str]:
        for name in SECRETS:
            if len(keys := keys_set(self, name)) > 1:
                yield f"set only one of {', '.join(keys)}"
        if (self.provider, self.grant) not in _REQUIREMENTS:
            ways = " or ".join(grant for provider, grant in _REQUIREMENTS if provider == self.provider)
            yield f"{self.provider} issues tokens for {ways}, not for {self.grant}"
            return
        for name in _REQUIREMENTS[self.provider, self.grant][0]:
            if not (self.secret(name) if name in SECRETS else getattr(self, name)):
                yield f"{name} is missing" + (f": set {name}_file, _env or _credential" if name in SECRETS else "")
