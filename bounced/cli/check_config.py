"""The command that checks a configuration."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bounced.cli import output
from bounced.cli.common import config_option, config_path, json_option
from bounced.cli.help import command
from bounced.cli.run import no_configuration
from bounced.config import load
from bounced.daemon import preflight, rights
from bounced.errors import EXIT_CONFIG, EXIT_MAILBOX, UserError
from bounced.peer import counted, printable

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
        folders = _told(map(_folder, preflight.connected(config)), is_told=not json_)
        servers = _told(itertools.starmap(_server, preflight.tried(config)), is_told=not json_)
        result = replace(result, folders=folders, servers=servers)
    if json_:
        click.echo(output.as_json(result.facts()))
    if result.problems:
        raise UserError(*result.problems, exit_code=EXIT_CONFIG)
    if failed := [tried.line for tried in (*result.folders, *result.servers) if tried.is_failure]:
        raise UserError(*failed, exit_code=EXIT_MAILBOX)


@dataclass(frozen=True, slots=True)
class Tried:
    """A folder of a mailbox, or a server that takes our mail, that was tried: for people, and for programs."""

    line: str
    facts: output.Row
    is_failure: bool


@dataclass(frozen=True, slots=True)
class Result:
    """What there is to say about the configuration in the file ``path``; with ``problems``, nothing else."""

    path: Path
    problems: Sequence[str]
    notes: Sequence[str] = ()
    user: str = ""  # the daemon's, for whom files were looked at too
    folders: Sequence[Tried] = ()
    servers: Sequence[Tried] = ()

    def facts(self) -> output.Row:
        """For programs."""
        return {
            "file": str(self.path),
            "problems": list(self.problems),
            "notes": list(self.notes),
            "mailboxes": [folder.facts for folder in self.folders],
            "mail_servers": [server.facts for server in self.servers],
        }


def _checked(path: Path) -> Result:
    if problems := preflight.check(path):
        return Result(path, problems)
    config = load(path)
    return Result(path, (), preflight.notes(config), "" if os.geteuid() else rights.daemon_user(config))


def _told(tried: Iterable[Tried], *, is_told: bool) -> list[Tried]:
    """All of ``tried``; people are told at once of what does not fail."""
    results = []
    for each in tried:
        if is_told and not each.is_failure:
            click.echo(each.line, err=True)
        results.append(each)
    return results


def _folder(folder: Probed) -> Tried:
    text = folder.problem or f"logged in; {counted(folder.messages, 'message')}"
    facts = {
        "mailbox": folder.where,
        "messages": folder.messages,
        "problem": folder.problem,
        "is_optional": folder.optional,
    }
    return Tried(_line(folder.where, text), facts, bool(folder.problem) and not folder.optional)


def _server(name: str, problem: str) -> Tried:
    text = problem or "would take mail; nothing was sent"
    return Tried(_line(name, text), {"name": name, "problem": problem}, bool(problem))


def _line(name: str, text: str) -> str:
    return printable(f"{name}: {text}", NOTE_LIMIT)


def _show(result: Result) -> None:
    """Prints the notes, and that there are no problems, for people."""
    if result.problems:
        return
    path = printable(str(result.path))
    for note in result.notes:
        click.echo(f"{path}: note: {printable(note, NOTE_LIMIT)}", err=True)
    for_whom = f" for the daemon's user, {result.user}" if result.user else ""
    click.echo(f"{path}: no problems found{for_whom}", err=True)
