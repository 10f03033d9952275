"""Commands for running the daemon."""

from __future__ import annotations

import logging
import os
import signal
import sys

import click

from bounced.cli.common import config_option, config_path
from bounced.cli.help import command
from bounced.cli.output import counted
from bounced.config import DEFAULT_PATH, Config, chosen, load
from bounced.daemon import log, preflight, rights
from bounced.errors import EXIT_CONFIG, EXIT_MAILBOX, EXIT_SUCCESS, UserError
from bounced.peer import printable

#: Characters of a line about the configuration.
NOTE_LIMIT = 1000


@command(epilog="Example: bounced run --config /etc/bounced/bounced.toml")
@click.option(
    "--once", is_flag=True, help="Poll once and exit, for cron and timers; exit status 75 if a mailbox or sink failed."
)
@click.option("--mailbox", "names", multiple=True, metavar="NAME", help="Only this mailbox (repeatable).")
@config_option
def run(once: bool, names: tuple[str, ...], config_file: str | None) -> None:
    """Run the daemon: poll every configured mailbox (IDLE where the server supports it) until SIGTERM."""
    from bounced.daemon import once as once_
    from bounced.daemon import service
    from bounced.sources import configured
    from bounced.workers.pool import kill_lock_tracker

    def reread() -> Config:
        again = load(path)
        configured.withdraw_secrets(again)
        _log_old_keys(again)
        return again

    path = config_path(config_file)
    if path is None:
        raise _no_configuration()
    config = load(path)
    chosen(config, names)
    environment = configured.withdraw_secrets(config)
    with log.started(config.log.format, config.log.identifier):
        _log_old_keys(config)
        if once:
            # Signals simply kill: nothing is lost.
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            sys.exit(EXIT_SUCCESS if once_.run(config, names, environment) else EXIT_MAILBOX)
        status = service.run(config, names, environment, reread)
    kill_lock_tracker()
    # A thread may still be waiting for a name server or a peer; everything that counts is on disk.
    os._exit(status)


def _no_configuration() -> UserError:
    return UserError(
        f"no configuration: {DEFAULT_PATH} does not exist; `bounced setup` writes it", exit_code=EXIT_CONFIG
    )


def _log_old_keys(config: Config) -> None:
    for old, new in config.old_keys():
        log.fact(logging.WARNING, "old-key", key=old, renamed=new)


@command("check-config", epilog="Example: bounced check-config --config ./bounced.toml")
@click.option(
    "--connect", is_flag=True, help="Also log in to each mailbox and look for its folders; exit status 75 if one fails."
)
@config_option
def check_config(connect: bool, config_file: str | None) -> None:
    """Check the configuration and list every problem, with the key and the fix. Exit status 78 if there is any.

    Settings that are valid but let strangers in are printed as notes. Run by root, it also checks what the daemon's
    user may read.
    """
    path = config_path(config_file)
    if path is None:
        raise _no_configuration()
    problems = preflight.check(path)
    if problems:
        raise UserError(*problems, exit_code=EXIT_CONFIG)
    config = load(path)
    for note in preflight.notes(config):
        click.echo(f"{printable(str(path))}: note: {printable(note, NOTE_LIMIT)}", err=True)
    user = rights.daemon_user(config)
    for_whom = f" for the daemon's user, {user}" if user and not os.geteuid() else ""
    click.echo(f"{printable(str(path))}: no problems found{for_whom}", err=True)
    if connect:
        _connect(config)


def _connect(config: Config) -> None:
    """Prints a line for each folder. Raises UserError for those that can't be read."""
    problems = []
    for result in preflight.connected(config):
        if result.problem and not result.optional:
            problems.append(f"{result.where}: {result.problem}")
        else:
            said = result.problem or f"logged in; {counted(result.messages, 'message')}"
            click.echo(printable(f"{result.where}: {said}", NOTE_LIMIT), err=True)
    if problems:
        raise UserError(*problems, exit_code=EXIT_MAILBOX)
