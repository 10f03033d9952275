"""The tables and keys of the configuration file; what each means stands in its description.

Secrets never stand in the file: it names a file, an environment variable or a systemd credential.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from bounced import address
from bounced.identify import Marks
from bounced.model import REASONS, Class, UserError
from bounced.policy import Limit, Policy
from bounced.rules import Rule

#: EX_CONFIG of sysexits.h; the systemd unit does not restart on it.
EXIT_CONFIG = 78

#: A hundred years. Longer ones would lead out of the calendar.
MOST_DAYS = 36500

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def _duration(value: object) -> object:
    found = re.fullmatch(r"([0-9]{1,6})([smhd])", value) if isinstance(value, str) else None
    if not found:
        raise ValueError('must be a number with a unit: "30s", "15m", "6h" or "90d"')
    lasts = timedelta(**{_UNITS[found[2]]: int(found[1])})
    if lasts > timedelta(days=MOST_DAYS):
        raise ValueError(f'must be at most "{MOST_DAYS}d"')
    return lasts


def _wait(value: object) -> object:
    if _duration(value) == timedelta():
        raise ValueError('must be at least "1s"')
    return _duration(value)


def _plain(value: object) -> object:
    """Text that ends up in an IMAP command or a header name must not be able to carry a second one."""
    if isinstance(value, str) and not value.isprintable():
        raise ValueError("must not hold control characters")
    return value


def _header_name(value: object) -> object:
    if not isinstance(value, str) or not re.fullmatch(r"[!-9;-~]{0,200}", value):
        raise ValueError('must be the name of a header, without a colon, like "X-Campaign-ID"')
    return value


def _verp_pattern(value: object) -> object:
    if not isinstance(value, str) or value.count("{user}={domain}") != 1 or "@" not in value:
        raise ValueError('must look like "bounces-{user}={domain}@news.example.org"')
    return _plain(value)


def _reason(value: object) -> object:
    if value not in REASONS:
        raise ValueError(f"is no reason; they are {', '.join(REASONS)}")
    return value


Text = Annotated[str, BeforeValidator(_plain)]
HeaderName = Annotated[str, BeforeValidator(_header_name)]
VerpPattern = Annotated[str, BeforeValidator(_verp_pattern)]
Reason = Annotated[str, BeforeValidator(_reason)]
Duration = Annotated[timedelta, BeforeValidator(_duration)]
Wait = Annotated[timedelta, BeforeValidator(_wait)]


class Section(BaseModel):
    """A table of the file: no unknown keys, and no values in messages (they might be secrets)."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)


class DatabaseSection(Section):
    """[database]"""

    path: Text = Field(default="/var/lib/bounced/bounced.db", description="the SQLite file", min_length=1)
    keep_unread: Duration = Field(
        default=timedelta(days=90), description="how long the content of mails that were not understood is kept"
    )


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


class IdentifySection(Section):
    """[identify]"""

    campaign: HeaderName = Field(default="", description="header of your mails that names the campaign")
    recipient: HeaderName = Field(default="", description="header of your mails that names the recipient")
    headers: list[HeaderName] = Field(default=[], description="further headers to store with every event")
    verp: list[VerpPattern] = Field(default=[], description="how your envelope senders name the recipient")


class ClassifySection(Section):
    """[classify]"""

    rules: Text = Field(default="", description="file with your own rules (docs/rules.md), tried before all others")


class RuleSection(Section):
    """[[rule]] in the file that [classify] names."""

    reason: Reason = Field(description="what it means", examples=["mailbox_full"])
    provider: Text = Field(default="", description="the recipient's domain, or an MTA of the report, lies in it")
    status: Text = Field(default="", description="enhanced status", pattern=r"^([245]\.[0-9.]{0,7}\*?)?$")
    reply_code: Text = Field(default="", description="SMTP reply code", pattern=r"^([245]([0-9]{2}|[0-9]?\*))?$")
    text: Text = Field(default="", description="words of the diagnostic text; * stands for anything", max_length=500)

    @model_validator(mode="after")
    def _states_something(self) -> Self:
        if not (self.provider or self.status or self.reply_code or self.text.strip(" *")):
            raise ValueError("states nothing to match on: add provider, status, reply_code or text")
        return self


class RulesFile(Section):
    """The file with an admin's own rules."""

    rule: list[RuleSection] = Field(default=[], max_length=1000)

    def rules(self, path: str) -> tuple[Rule, ...]:
        """The rules in their order, for bounced.classify; their names say where they stand in ``path``."""
        return tuple(Rule(**rule.model_dump(), name=f"{path} #{number}") for number, rule in enumerate(self.rule, 1))


class LimitSection(Section):
    """{ bounces = 3, days = 15 }"""

    bounces: int = Field(description="how many failures; 0: they never count", examples=[3], ge=0)
    days: float = Field(
        description="more than so many days between the first and the last", examples=[15], ge=0, le=MOST_DAYS
    )


class ClassLimits(Section):
    """[policy.provider."example.org"]"""

    hard: LimitSection | None = Field(default=None, description="when failures that are final suppress")
    soft: LimitSection | None = Field(default=None, description="when failures that may pass suppress")
    block: LimitSection | None = Field(default=None, description="when failures that are the sender's fault suppress")

    def limits(self) -> dict[Class, Limit]:
        """Those limits that are stated."""
        stated: dict[Class, LimitSection | None] = {"hard": self.hard, "soft": self.soft, "block": self.block}
        return {class_: Limit(found.bounces, found.days) for class_, found in stated.items() if found}


class PolicySection(ClassLimits):
    """[policy]"""

    max_gap: Duration = Field(default=timedelta(days=90), description="a longer silence starts a new streak")
    expire: dict[Reason, Duration] = Field(default={}, description="suppressions that end by themselves, by reason")
    provider: dict[Text, ClassLimits] = Field(default={}, description="other numbers for the addresses of a domain")


class Config(Section):
    """The whole file. Without one every default applies and there is no mailbox."""

    database: DatabaseSection = DatabaseSection()
    mailbox: dict[Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")], MailboxSection] = {}
    identify: IdentifySection = IdentifySection()
    classify: ClassifySection = ClassifySection()
    policy: PolicySection = PolicySection()
    workers: int = Field(default=0, description="processes that read mails; 0: one for each processor", ge=0, le=256)

    def marks(self) -> Marks:
        """What [identify] says, for bounced.identify."""
        found = self.identify
        return Marks(found.campaign, found.recipient, tuple(found.headers), tuple(found.verp))

    def rule(self) -> Policy:
        """What [policy] says, for bounced.policy."""
        found = self.policy
        return Policy(
            {**Policy().limits, **found.limits()},
            {_as_in_addresses(domain): limits.limits() for domain, limits in found.provider.items()},
            found.max_gap,
            found.expire,
        )


def _as_in_addresses(domain: str) -> str:
    """A domain as the ledger has it, whatever the admin wrote: an IDN as A-labels."""
    return address.domain(address.normalise(f"x@{domain}")) or domain.lower()


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
