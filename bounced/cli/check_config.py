"""The command that checks a configuration."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bounced.cli import output
from bounced.cli.common import config_option, config_path, json_option
from bounced.cli.help import command
from bounced.cli.run import no_configuration
from bounced.config import Config, load
from bounced.daemon import preflight, rights
from bounced.errors import EXIT_CONFIG, EXIT_MAILBOX, UserError
from bounced.peer import printable

if TYPE_CHECKING:
    from bounced.sources.imap.probe import Probed

#: Characters of a line about the configuration.
NOTE_LIMIT = 1000


@command(epilog="Example: bounced check-config --config ./bounced.toml")
@click.option(
    "--connect",
    is_flag=True,
    help="Also log in to each mailbox, look for its folders, and try the servers of [canary] and [alarms.mail]; exit "
    "status 75 if one fails.",
)
@json_option
@config_option
def check_config(connect: bool, json_: bool, config_file: str | None) -> None:
    """Check the configuration and list every problem, with the key and the fix. Exit status 78 if there is any.

    Settings that are valid but let strangers in are printed as notes. Run by root, it also checks what the daemon's
    user may read.
    """
    path = config_path(config_file)
    if path is None:
        raise no_configuration()
    result = _checked(path)
    if not json_:
        _show(result)
    if connect and not result.problems:
        config = load(path)
        folders, servers = _connected(config, is_told=not json_), _tried(config, is_told=not json_)
        result = replace(result, folders=list(folders), servers=list(servers))
    if json_:
        click.echo(output.as_json(result.facts()))
    if result.problems:
        raise UserError(*result.problems, exit_code=EXIT_CONFIG)
    if failed := [*map(_line, result.failed), *(_server_line(*server) for server in result.servers if server[1])]:
        raise UserError(*failed, exit_code=EXIT_MAILBOX)


@dataclass(frozen=True, slots=True)
class Result:
    """What there is to say about the configuration in the file ``path``; with ``problems``, nothing else."""

    path: Path
    problems: Sequence[str]
    notes: Sequence[str] = ()
    user: str = ""  # the daemon's, for whom files were looked at too
    folders: Sequence[Probed] = ()
    servers: Sequence[tuple[str, str]] = ()  # that take our mail: each as its table, and what is wrong with it

    @property
    def failed(self) -> list[Probed]:
        """The folders that can't be read."""
        return list(filter(_is_failure, self.folders))

    def facts(self) -> output.Row:
        """For programs."""
        folders = [
            {
                "mailbox": folder.where,
                "messages": folder.messages,
                "problem": folder.problem,
                "is_optional": folder.optional,
            }
            for folder in self.folders
        ]
        servers = [{"name": name, "problem": problem} for name, problem in self.servers]
        lists = {"problems": list(self.problems), "notes": list(self.notes), "mailboxes": folders}
        return {"file": str(self.path), **lists, "mail_servers": servers}


def _checked(path: Path) -> Result:
    if problems := preflight.check(path):
        return Result(path, problems)
    config = load(path)
    return Result(path, (), preflight.notes(config), "" if os.geteuid() else rights.daemon_user(config))


def _connected(config: Config, *, is_told: bool) -> Iterator[Probed]:
    """What each mailbox finds on its server; people are told of each folder that can be read at once."""
    for folder in preflight.connected(config):
        if is_told and not _is_failure(folder):
            click.echo(_line(folder), err=True)
        yield folder


def _tried(config: Config, *, is_told: bool) -> Iterator[tuple[str, str]]:
    """The servers that take our mail; people are told of each that would at once."""
    for name, problem in preflight.tried(config):
        if is_told and not problem:
            click.echo(_server_line(name, problem), err=True)
        yield name, problem


def _server_line(name: str, problem: str) -> str:
    return printable(f"{name}: {problem or 'would take mail; nothing was sent'}", NOTE_LIMIT)


def _is_failure(folder: Probed) -> bool:
    return bool(folder.problem) and not folder.optional


def _line(folder: Probed) -> str:
    text = folder.problem or f"logged in; {output.counted(folder.messages, 'message')}"
    return printable(f"{folder.where}: {text}", NOTE_LIMIT)


def _show(result: Result) -> None:
    """Prints the notes, and that there are no problems, for people."""
    if result.problems:
        return
    path = printable(str(result.path))
    for note in result.notes:
        click.echo(f"{path}: note: {printable(note, NOTE_LIMIT)}", err=True)
    for_whom = f" for the daemon's user, {result.user}" if result.user else ""
    click.echo(f"{path}: no problems found{for_whom}", err=True)
