"""Checks a configuration without connecting to anything: problems, and notes for whoever runs the daemon."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from shutil import which
from typing import TYPE_CHECKING

from bounced.config import Config, numbers
from bounced.config.file import load, rules, tables, token_keys
from bounced.config.smtp import SmtpSection
from bounced.daemon import rights
from bounced.errors import UserError

if TYPE_CHECKING:
    from bounced.sources.imap.probe import Probed


def check(path: Path | None, environment: Mapping[str, str] = os.environ) -> list[str]:
    """Every problem that can be found without connecting to anything, each with file and key."""
    from bounced.sources.oauth import configured  # a sender's `check` would wait for these

    try:
        config = load(path)
    except UserError as error:
        return list(error.problems)
    problems = (
        [] if config.mailbox else ["no mailbox configured; add [mailbox.bounces] with host, user and password_file"]
    )
    for name, section in config.mailbox.items():
        login = list(section.login_problems(environment, in_unit=False))
        if not login and not section.credentials_elsewhere(environment):
            login = configured.problems(section, environment)
        problems += [f"mailbox.{name}: {problem}" for problem in login]
        if section.ca_file and (problem := _ca_file_problem(section.ca_file)):
            problems.append(f"mailbox.{name}.ca_file: {section.ca_file} {problem}")
    problems += _mail_server_problems(config, environment)
    problems += _alarm_problems(config, environment)
    folder = Path(config.database.path).absolute().parent
    if not folder.is_dir():
        problems.append(f"database.path: no directory {folder}")
    problems = [f"{path}: {problem}" for problem in problems] + _problems_of_named_files(config)
    return [*problems, *(rights.problems(path, config) if path else ())]


def _mail_servers(config: Config) -> dict[str, SmtpSection]:
    """The servers that take our mail, by their tables."""
    mail = config.alarms.mail
    known = {"canary": config.canary, "alarms.mail": mail, "alarms.mail.second": mail and mail.second}
    return {name: section for name, section in known.items() if section}


def _mail_server_problems(config: Config, environment: Mapping[str, str]) -> Iterator[str]:
    """What can't be read of what these need; the passwords of alarms are among the secrets of alarms."""
    for name, section in _mail_servers(config).items():
        if section.ca_file and (problem := _ca_file_problem(section.ca_file)):
            yield f"{name}.ca_file: {section.ca_file} {problem}"
    if config.canary and (secret := config.canary.password):
        try:
            if not secret.is_elsewhere(environment):
                secret.read(environment)
        except UserError as error:
            yield f"canary: {error}"


def _alarm_problems(config: Config, environment: Mapping[str, str]) -> Iterator[str]:
    """Secrets that can't be read, and a command that is not there."""
    for name, secret in config.alarms.secrets():
        try:
            if not secret.is_elsewhere(environment):
                secret.read(environment)
        except UserError as error:
            yield f"alarms.{name}: {error}"
    if config.alarms.command and not which(config.alarms.command[0]):
        yield f"alarms.command: program {config.alarms.command[0]} not found"


def _problems_of_named_files(config: Config) -> list[str]:
    problems: list[str] = []
    for read in (rules, tables, token_keys):
        try:
            read(config)
        except UserError as error:
            problems += error.problems
    return problems


def _ca_file_problem(path: str) -> str:
    """``""`` if the file contains certificates."""
    import ssl  # a sender's `check` would wait for it

    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path)
    except ssl.SSLError:
        return "contains no PEM certificate"
    except OSError:
        return "can't be read"
    return ""


def notes(config: Config, environment: Mapping[str, str] = os.environ) -> list[str]:
    """Valid settings that whoever runs the daemon should know about."""
    lines = [f"{old}: is now called {new}; the old name still works" for old, new in config.old_keys()]
    for name, section in config.mailbox.items():
        lines += [
            f"mailbox.{name}: the systemd credential {credential} was not checked: only the unit has it; as root, try "
            "CREDENTIALS_DIRECTORY=/etc/bounced/credentials bounced check-config"
            for credential in section.credentials_elsewhere(environment)
        ]
    lines += [
        f"{name}: the systemd credential {section.password.credential} was not checked: only the unit has it"
        for name, section in _mail_servers(config).items()
        if section.password and section.password.is_elsewhere(environment)
    ]
    if not config.trust.own_domains:
        lines.append("trust.own_domains: not set: every report counts, forged ones too; add your domains")
    return [*lines, *_log_notes(config), *numbers.notes(config), *_pack_notes(config), *rights.notes(config)]


def _log_notes(config: Config) -> Iterator[str]:
    """Mail logs that are not there."""
    for name, section in config.logs.items():
        if section.is_journal and not which("journalctl"):
            yield f"logs.{name}.path: there is no journalctl, which reads the journal"
        elif not section.is_journal and not Path(section.path).exists():
            yield f'logs.{name}.path: there is no {section.path}; what only the journal of systemd has is "journal"'


def _pack_notes(config: Config) -> Iterator[str]:
    """A pack that is not used because a later version of the program has newer tables."""
    with suppress(UserError):  # what check reports
        if config.classify.pack and (used := tables(config)) is tables(Config()):
            yield f"classify.pack: is older than the tables of this version ({used.name}), which are used"


def connected(config: Config, environment: Mapping[str, str] = os.environ) -> Iterator[Probed]:
    """What each mailbox finds on its server, without changing anything; one problem each at most for a login."""
    from bounced.sources import configured

    for name, section in config.mailbox.items():
        if not section.credentials_elsewhere(environment):
            yield from configured.probed(config, name, environment)


def tried(config: Config, environment: Mapping[str, str] = os.environ) -> Iterator[tuple[str, str]]:
    """The servers that take our mail, each as its table, and the problem up to the login; nothing is sent."""
    from bounced.daemon import smtp

    for name, section in _mail_servers(config).items():
        if not (section.password and section.password.is_elsewhere(environment)):
            yield name, smtp.problem(smtp.server(section, environment))
