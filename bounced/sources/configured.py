"""The mailboxes of a configuration: the one table of polled sources."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path

from bounced.config import Config, MailboxSection, own_process
from bounced.config.secrets import without_secrets
from bounced.errors import EXIT_CONFIG, UserError
from bounced.sources import Polled, SearchedFolder
from bounced.sources.imap import Account, Disposition, ImapMailbox, probe
from bounced.sources.imap.account import Proxy
from bounced.sources.imap.probe import Probed
from bounced.sources.imap.searched import ImapSearchedFolder
from bounced.sources.oauth.cache import TokenCache
from bounced.sources.oauth.configured import token_cache

#: Seconds that somebody at a terminal waits for a server.
PROBE_SECONDS = 15.0

PORTS = {"implicit": 993, "starttls": 143, "none": 143}


def withdraw_secrets(config: Config) -> dict[str, str]:
    """Our environment; from now on no other process can read the variables in it that hold secrets."""
    return own_process.withdraw(os.environ.keys() - without_secrets(os.environ, config).keys())


def account(config: Config, name: str, environment: Mapping[str, str]) -> Account:
    """How to connect to ``[mailbox.NAME]``. Raises UserError, for example without a password.

    All connections of a mailbox share it, and with it the access token.
    """
    section = config.mailbox[name]
    if problems := [f"mailbox.{name}: {problem}" for problem in section.login_problems(environment)]:
        raise UserError(*problems, exit_code=EXIT_CONFIG)
    return Account(
        name,
        section.host,
        section.port or PORTS[section.tls],
        section.user,
        section.password(environment) if section.by_password else "",
        section.tls,
        section.ca_file,
        section.timeout.total_seconds(),
        None if section.by_password else _tokens(config, name, environment),
        section.mechanism,
        section.id or {"name": "bounced", "version": version("bounced-daemon")},
        section.client_cert,
        section.client_key,
        _proxy(section, environment),
    )


def _proxy(section: MailboxSection, environment: Mapping[str, str]) -> Proxy | None:
    proxy = section.proxy
    if not proxy:
        return None
    password = proxy.password.read(environment) if proxy.password else ""
    return Proxy(proxy.type, proxy.host, proxy.port, proxy.user, password)


def _tokens(config: Config, name: str, environment: Mapping[str, str]) -> TokenCache:
    state = Path(config.database.path).parent
    return token_cache(name, config.mailbox[name], state, environment, without_secrets(environment, config))


def _imap_mailboxes(config: Config, name: str, environment: Mapping[str, str]) -> list[Polled]:
    """One mailbox for each folder. Only the first of them removes old messages from the folder they share."""
    section = config.mailbox[name]
    shared = account(config, name, environment)
    disposition = _disposition(section)
    retains_nothing = replace(disposition, retain=timedelta())
    return [
        ImapMailbox(
            shared,
            folder,
            disposition if section.on_done != "move" or folder == section.watched[0] else retains_nothing,
            taken=section.folders,
            role=section.role,
            tenant=section.tenant,
        )
        for folder in section.watched
    ]


def _disposition(section: MailboxSection) -> Disposition:
    return Disposition(
        section.on_done, section.done_folder, section.unrecognized_folder, section.outcome_folders, section.retain
    )


def searched(config: Config, name: str, environment: Mapping[str, str]) -> list[SearchedFolder]:
    """The folders of ``[mailbox.NAME]`` that are watched, and then those that messages are moved to.

    Raises UserError as ``polled`` does.
    """
    section, shared = config.mailbox[name], account(config, name, environment)
    moved_to = _disposition(section).folders
    folders = dict.fromkeys((*section.watched, *sorted(moved_to)))
    return [ImapSearchedFolder(shared, folder, moved_to.union(section.folders)) for folder in folders]


#: How the mailboxes of each kind of section are opened. A new kind of polled source is a row here.
POLLED: Mapping[str, Callable[[Config, str, Mapping[str, str]], list[Polled]]] = {"imap": _imap_mailboxes}


def polled(config: Config, name: str, environment: Mapping[str, str]) -> list[Polled]:
    """The mailboxes of ``[mailbox.NAME]``. Raises UserError, for example without a password."""
    return POLLED[config.mailbox[name].kind](config, name, environment)


def probed(config: Config, name: str, environment: Mapping[str, str]) -> list[Probed]:
    """What ``[mailbox.NAME]`` finds on its server, without changing anything. Raises UserError as ``polled`` does."""
    section = config.mailbox[name]
    shared = account(config, name, environment)
    return probe.probe(replace(shared, timeout=min(shared.timeout, PROBE_SECONDS)), section.watched, section.moved_to)


def listed(config: Config, name: str, environment: Mapping[str, str]) -> list[tuple[str, int]]:
    """Every folder of the account of ``[mailbox.NAME]``, with its messages. Raises MailboxError, UserError."""
    shared = account(config, name, environment)
    return probe.listed(replace(shared, timeout=min(shared.timeout, PROBE_SECONDS)))


def is_polled(source: str) -> bool:
    """True for KIND:NAME, like "imap:bounces"."""
    return source.partition(":")[0] in POLLED


def from_source(config: Config, source: str, environment: Mapping[str, str]) -> list[Polled]:
    """The mailboxes of KIND:NAME. Raises UserError when there is no such section, or as ``polled`` does."""
    kind, _, name = source.partition(":")
    names = [known for known, section in config.mailbox.items() if section.kind == kind]
    if name not in names:
        known = ", ".join(names) or "there are none"
        missing = f"no [mailbox.{name}] in the configuration" if name else "the name of a mailbox is missing"
        raise UserError(f"{source}: {missing} ({known})", exit_code=EXIT_CONFIG)
    return polled(config, name, environment)
