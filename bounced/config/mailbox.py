"""[mailbox.NAME]. Secrets are not in this file: it names a file, an environment variable or a systemd credential."""

from __future__ import annotations

import shutil
import ssl
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import ClassVar

from pydantic import Field

from bounced.config.oauth import SECRETS, OAuthSection
from bounced.config.proxy import ProxySection
from bounced.config.schedule import Schedule, When
from bounced.config.secrets import Secret, keys, keys_set, secret
from bounced.config.section import Section, renamed
from bounced.config.values import Duration, Identity, Text, UsualOrDuration, Wait
from bounced.errors import UserError
from bounced.model import JUNK, Mechanism, OnDone, Outcome, Role, Tls
from bounced.peer import is_loopback

_LOGIN_KEYS = (*keys("password"), "token_command", "[mailbox.NAME.oauth]")


class MailboxSection(Section):
    """[mailbox.NAME]"""

    #: The source that reads it: a row of bounced.sources.configured.POLLED.
    kind: ClassVar[str] = "imap"

    host: Text = Field(description="the IMAP server", examples=["imap.example.org"], min_length=1)
    port: int = Field(default=0, description="0: 993 for implicit TLS, else 143", ge=0, le=65535)
    tls: Tls = Field(default="implicit", description='"none" only for the local machine')
    ca_file: Text = Field(default="", description="PEM file with the CA to trust instead of the system's")
    client_cert: Text = Field(default="", description="PEM file with our certificate, for servers that want one")
    client_key: Text = Field(default="", description="PEM file with its key, if that is not in the same file")
    proxy: ProxySection | None = Field(default=None, description="the proxy through which the server is reached")
    user: Text = Field(description="the login name", examples=["bounces@example.org"], min_length=1)
    password_file: Text = Field(default="", description="file whose first line is the password")
    password_env: Text = Field(default="", description="environment variable with the password")
    password_credential: Text = Field(default="", description="systemd credential (LoadCredential=) with the password")
    token_command: list[Text] = Field(
        default=[], description="program and arguments that print an access token; run without a shell"
    )
    mechanism: Mechanism = Field(default="auto", description='for access tokens; "auto": what the server offers')
    oauth: OAuthSection | None = Field(default=None, description="where access tokens come from")
    id: dict[Identity, Identity] = Field(
        default={},
        description="what the server is told about us (IMAP ID, RFC 2971); not set: name and version",
        examples=[{"name": "bounced", "vendor": "example.org"}],
        max_length=30,
    )
    role: Role = Field(
        default="auto", description='what arrives here: "bounces", "complaints", or "auto": depends on the message'
    )
    tenant: Text = Field(
        default="", description="whose mail its reports are about, unless they prove another (`[tenant.NAME]`)"
    )
    folders: list[Text] = Field(default=["INBOX"], description="folders to read", min_length=1)
    junk: bool = Field(default=False, description="also read the spam folder, whatever the server calls it (RFC 6154)")
    on_done: OnDone = Field(default="move", description="what happens to messages once they are recorded")
    done_folder: Text = Field(default="Bounced", description="folder for recognized messages", min_length=1)
    unrecognized_folder: Text = Field(
        default="Bounced-Unrecognized",
        validation_alias=renamed("unrecognized_folder", "unread_folder"),
        description="folder for all other messages",
        min_length=1,
    )
    outcome_folders: dict[Outcome, Text] = Field(
        default={}, description="other folders for some outcomes", examples=[{"not-a-report": "Other"}]
    )
    retain: Duration = Field(
        default=timedelta(), description='how long recognized messages stay on the server; "0d": forever'
    )
    poll: When = Field(default=Schedule(timedelta(seconds=60)), description="when to poll")
    expect: UsualOrDuration = Field(
        default="usual", description='how long nothing may arrive before that is reported; "0d": forever'
    )
    idle: bool = Field(default=True, description="also poll immediately when the server reports new mail (IDLE)")
    timeout: Wait = Field(default=timedelta(seconds=60), description="how long to wait for a response from the server")

    def _problems(self) -> Iterator[str]:
        if len(logins := self.logins()) != 1:
            set_ = f"{' and '.join(logins)} are" if logins else "none is"
            yield f"set exactly one of {', '.join(_LOGIN_KEYS)}; {set_} set"
        if self.tls == "none" and not is_loopback(self.host):
            yield 'tls = "none" is only for the local machine (127.0.0.1, ::1); use "implicit" or "starttls"'
        if self.client_key and not self.client_cert:
            yield "client_key needs client_cert"
        if self.client_cert and self.tls == "none":
            yield 'client_cert needs TLS; tls is "none"'
        if "" in self.folders or len(self.read) < len(self.folders):
            yield "folders: names must be distinct and not empty"
        targets = {_name(self.done_folder), _name(self.unrecognized_folder)}
        if self.on_done == "move" and (len(targets) == 1 or targets & self.read):
            yield "done_folder, unrecognized_folder and folders must differ"
        for outcome, folder in self.outcome_folders.items():
            if outcome == "vanished":
                yield "outcome_folders: vanished messages can't be moved"
            elif self.on_done != "move":
                yield f'outcome_folders: {outcome} messages are not moved while on_done is "{self.on_done}"'
            elif not folder or _name(folder) in self.read:
                yield f"outcome_folders: the folder for {outcome} must have a name that is not in folders"

    @property
    def account(self) -> tuple[str, int, str]:
        """The account that the folders belong to."""
        return self.host.lower(), self.port, self.user

    @property
    def watched(self) -> list[str]:
        """The folders to read; the spam folder is JUNK, as its name is known only after login."""
        return [*self.folders, *([JUNK] if self.junk and JUNK not in self.folders else [])]

    @property
    def read(self) -> frozenset[str]:
        """The folders to read whose names are known."""
        return frozenset(map(_name, self.folders))

    @property
    def moved_to(self) -> frozenset[str]:
        """The folders that messages are moved to."""
        named = (self.done_folder, self.unrecognized_folder, *self.outcome_folders.values())
        return frozenset(map(_name, named)) if self.on_done == "move" else frozenset()

    @property
    def by_password(self) -> bool:
        """True when the login needs no access token."""
        return bool(secret(self, "password"))

    def logins(self) -> list[str]:
        """The keys for the login that are set."""
        return [*keys_set(self, "password"), *(key for key in ("token_command", "oauth") if getattr(self, key))]

    def password(self, environment: Mapping[str, str]) -> str:
        """The password. Raises UserError if it can't be read."""
        return secret(self, "password").read(environment)

    def login_problems(self, environment: Mapping[str, str], *, in_unit: bool = True) -> Iterator[str]:
        """What is missing on this machine for a login: a secret, a program, a Python package.

        Unless it should be ``in_unit``, which alone has them, systemd credentials are not missed.
        """
        if self.token_command and not shutil.which(self.token_command[0]):
            yield f"token_command: program {self.token_command[0]} not found"
        if self.oauth and (package := self.oauth.missing_package()):
            yield f'oauth: package {package} is not installed: pip install "bounced-daemon[oauth]"'
        if self.proxy and (package := self.proxy.missing_package):
            yield f'proxy: package {package} is not installed: pip install "bounced-daemon[proxy]"'
        yield from _unusable(self.client_cert, self.client_key)
        for where in self.secrets():
            if where.is_elsewhere(environment) and not in_unit:
                continue
            try:
                where.read(environment)
            except UserError as error:
                yield str(error)

    def credentials_elsewhere(self, environment: Mapping[str, str]) -> list[str]:
        """The names of the systemd credentials that only the unit has."""
        return [where.credential for where in self.secrets() if where.is_elsewhere(environment)]

    def secrets(self) -> Iterator[Secret]:
        """The secrets that a login needs."""
        oauth, proxy = self.oauth, [self.proxy.password] if self.proxy else []
        yield from filter(None, [secret(self, "password"), *(oauth.secret(name) for name in SECRETS if oauth), *proxy])


def _unusable(certificate: str, key: str) -> Iterator[str]:
    """What is wrong with our certificate and its key, which has no password."""
    if not certificate:
        return
    try:
        context = ssl.create_default_context()
        context.load_cert_chain(certificate, key or None, password="")
    except ssl.SSLError as error:
        yield f"client_cert {certificate}: no certificate with a key that fits it ({error.reason or 'not PEM'})"
    except OSError as error:
        yield f"client_cert {certificate}: {error.strerror}"


def _name(folder: str) -> str:
    """INBOX is the only case-insensitive name (RFC 3501 5.1)."""
    return "INBOX" if folder.upper() == "INBOX" else folder
