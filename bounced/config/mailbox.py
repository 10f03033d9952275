"""[mailbox.NAME]. Secrets never stand in the file: it names a file, an environment variable or a systemd credential."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import ClassVar

from pydantic import Field

from bounced.config.oauth import SECRETS, OAuthSection
from bounced.config.schedule import Schedule, When
from bounced.config.secrets import Secret, keys, named, secret
from bounced.config.section import Section, renamed
from bounced.config.values import Duration, Text, Wait
from bounced.errors import UserError
from bounced.model import JUNK, Mechanism, OnDone, Outcome, Role, Tls
from bounced.peer import is_loopback

_LOGINS = (*keys("password"), "token_command", "[mailbox.NAME.oauth]")


class MailboxSection(Section):
    """[mailbox.NAME]"""

    #: The source that reads it: a row of bounced.sources.configured.POLLED.
    kind: ClassVar[str] = "imap"

    host: Text = Field(description="the IMAP server", examples=["imap.example.org"], min_length=1)
    port: int = Field(default=0, description="0: 993 for implicit TLS, else 143", ge=0, le=65535)
    tls: Tls = Field(default="implicit", description='"none" only to this machine itself')
    ca_file: Text = Field(default="", description="PEM file with the CA to trust instead of the system's")
    user: Text = Field(description="the login name", examples=["bounces@example.org"], min_length=1)
    password_file: Text = Field(default="", description="file whose first line is the password")
    password_env: Text = Field(default="", description="environment variable that holds the password")
    password_credential: Text = Field(
        default="", description="systemd credential (LoadCredential=) that holds the password"
    )
    token_command: list[Text] = Field(
        default=[], description="program with its arguments that prints an access token; no shell is asked"
    )
    mechanism: Mechanism = Field(default="auto", description="for access tokens; auto: what the server offers")
    oauth: OAuthSection | None = Field(default=None, description="where access tokens come from")
    role: Role = Field(
        default="auto", description='what comes here: "bounces", "complaints", or "auto": see each mail itself'
    )
    folders: list[Text] = Field(default=["INBOX"], description="folders to read", min_length=1)
    junk: bool = Field(default=False, description="also read the folder for spam, as the server names it (RFC 6154)")
    on_done: OnDone = Field(default="move", description="what happens to messages that were read")
    done_folder: Text = Field(default="Bounced", description="where understood messages are moved", min_length=1)
    unrecognized_folder: Text = Field(
        default="Bounced-Unrecognized",
        validation_alias=renamed("unrecognized_folder", "unread_folder"),
        description="where the others are moved",
        min_length=1,
    )
    outcome_folders: dict[Outcome, Text] = Field(
        default={}, description="other folders for some outcomes", examples=[{"not-a-report": "Other"}]
    )
    retain: Duration = Field(
        default=timedelta(), description='how long understood messages stay on the server after that; "0d": for ever'
    )
    poll: When = Field(default=Schedule(timedelta(seconds=60)), description="when to look")
    idle: bool = Field(default=True, description="also look at once when the server says that something arrived (IDLE)")
    timeout: Wait = Field(default=timedelta(seconds=60), description="how long to wait for an answer of the server")

    def _problems(self) -> Iterator[str]:
        if len(found := self.logins()) != 1:
            stated = f"{' and '.join(found)} do" if found else "none does"
            yield f"exactly one of {', '.join(_LOGINS)} says how to log in; {stated}"
        if self.tls == "none" and not is_loopback(self.host):
            yield 'tls = "none" is only for this machine itself (127.0.0.1, ::1); use "implicit" or "starttls"'
        if "" in self.folders or len(self.read) < len(self.folders):
            yield "folders: each must have a name of its own"
        usual = {_name(self.done_folder), _name(self.unrecognized_folder)}
        if self.on_done == "move" and (len(usual) == 1 or usual & self.read):
            yield "done_folder, unrecognized_folder and folders must differ"
        for outcome, folder in self.outcome_folders.items():
            if outcome == "vanished":
                yield "outcome_folders: what vanished can't be moved"
            elif self.on_done != "move":
                yield f'outcome_folders: {outcome} is moved nowhere while on_done is "{self.on_done}"'
            elif not folder or _name(folder) in self.read:
                yield f"outcome_folders: the folder for {outcome} must have a name and must not be one that is read"

    @property
    def account(self) -> tuple[str, int, str]:
        """Whose folders these are."""
        return self.host.lower(), self.port, self.user

    @property
    def watched(self) -> list[str]:
        """The folders to read; the one for spam as JUNK, as its name is known after the login only."""
        return [*self.folders, *([JUNK] if self.junk and JUNK not in self.folders else [])]

    @property
    def read(self) -> frozenset[str]:
        """The folders to read that are known by name."""
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
        """The keys that say how to log in."""
        return [*named(self, "password"), *(key for key in ("token_command", "oauth") if getattr(self, key))]

    def password(self, environment: Mapping[str, str]) -> str:
        """The secret, from wherever the file says. Raises UserError when it is not there."""
        return secret(self, "password").read(environment)

    def unready(self, environment: Mapping[str, str]) -> Iterator[str]:
        """What a login lacks on this machine: a secret, a program, a package of Python."""
        if self.token_command and not shutil.which(self.token_command[0]):
            yield f"token_command: there is no program {self.token_command[0]}"
        if self.oauth and (package := self.oauth.missing_package()):
            yield f'oauth: the package {package} is missing: pip install "bounced-daemon[oauth]"'
        for found in self.secrets():
            try:
                found.read(environment)
            except UserError as error:
                yield str(error)

    def secrets(self) -> Iterator[Secret]:
        """Where the secrets are that a login needs."""
        found = self.oauth
        yield from filter(None, [secret(self, "password"), *(found.secret(what) for what in SECRETS if found)])


def _name(folder: str) -> str:
    """INBOX is the one name that is the same in any case (RFC 3501 5.1)."""
    return "INBOX" if folder.upper() == "INBOX" else folder
