"""[mailbox.NAME]. Secrets never stand in the file: it names a file, an environment variable or a systemd credential."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from bounced.model import UserError
from bounced.settings.values import EXIT_CONFIG, Section, Text, Wait


class MailboxSection(Section):
    """[mailbox.NAME]"""

    host: Text = Field(description="the IMAP server", examples=["imap.example.org"], min_length=1)
    port: int = Field(default=0, description="0: 993 for implicit TLS, else 143", ge=0, le=65535)
    tls: Literal["implicit", "starttls", "none"] = Field(
        default="implicit", description='"none" only to this machine itself'
    )
    ca_file: Text = Field(default="", description="PEM file with the CA to trust instead of the system's")
    user: Text = Field(description="the login name", examples=["bounces@example.org"], min_length=1)
    password_file: Text = Field(default="", description="file whose first line is the password")
    password_env: Text = Field(default="", description="environment variable that holds the password")
    password_credential: Text = Field(
        default="", description="systemd credential (LoadCredential=) that holds the password"
    )
    folders: list[Text] = Field(default=["INBOX"], description="folders to read", min_length=1)
    on_done: Literal["move", "flag", "leave"] = Field(
        default="move", description="what happens to messages that were read"
    )
    done_folder: Text = Field(default="Bounced", description="where understood messages are moved", min_length=1)
    unread_folder: Text = Field(default="Bounced-Unread", description="where the others are moved", min_length=1)
    poll: Wait = Field(default=timedelta(seconds=60), description="how often to look")
    idle: bool = Field(default=True, description="also look at once when the server says that something arrived (IDLE)")
    timeout: Wait = Field(default=timedelta(seconds=60), description="how long to wait for an answer of the server")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if problems := list(self._problems()):
            raise ValueError("\n".join(problems))
        return self

    def _problems(self) -> Iterator[str]:
        sources = [name for name in _SECRETS if getattr(self, name)]
        if len(sources) != 1:
            yield f"exactly one of {', '.join(_SECRETS)} says where the password is; {len(sources)} do"
        if self.tls == "none" and not _loopback(self.host):
            yield 'tls = "none" is only for this machine itself (127.0.0.1, ::1); use "implicit" or "starttls"'
        moved_to = {self.done_folder, self.unread_folder}
        if self.on_done == "move" and (len(moved_to) == 1 or moved_to & set(self.folders)):
            yield "done_folder, unread_folder and folders must differ"

    def password(self, environment: Mapping[str, str]) -> str:
        """The secret, from wherever the file says. Raises UserError when it is not there."""
        if self.password_env:
            found = environment.get(self.password_env, "")
            if not found:
                raise UserError(f"the environment variable {self.password_env} is not set", exit_code=EXIT_CONFIG)
            return found
        folder = environment.get("CREDENTIALS_DIRECTORY", "")
        if self.password_credential and not folder:
            raise UserError("no systemd credentials here (LoadCredential= in the unit)", exit_code=EXIT_CONFIG)
        path = Path(folder, self.password_credential) if self.password_credential else Path(self.password_file)
        try:
            lines = path.read_text("utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise UserError(f"{path}: {getattr(error, 'strerror', 'is not UTF-8')}", exit_code=EXIT_CONFIG) from None
        if not lines or not lines[0]:
            raise UserError(f"{path}: holds no password", exit_code=EXIT_CONFIG)
        return lines[0]


_SECRETS = ("password_file", "password_env", "password_credential")


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
