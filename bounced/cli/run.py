"""The commands for whoever runs the daemon."""

from __future__ import annotations

import logging
import os
import signal
import sys

import click

from bounced import config
from bounced.cli.common import config_option, config_path
from bounced.config import Config
from bounced.daemon import log, preflight
from bounced.errors import EXIT_CONFIG, EXIT_MAILBOX, EXIT_SUCCESS, UserError
from bounced.peer import printable


@click.command(epilog="Example: bounced run --config /etc/bounced/bounced.toml")
@click.option("--once", is_flag=True, help="Poll everything once and end, for cron and timers; 75: a mailbox failed.")
@click.option("--mailbox", "names", multiple=True, metavar="NAME", help="Only this one; may be given again.")
@config_option
def run(once: bool, names: tuple[str, ...], config_file: str | None) -> None:
    """The daemon: polls every configured mailbox, and looks at once where the server has IDLE, until SIGTERM."""
    from bounced.daemon import once as once_
    from bounced.daemon import service
    from bounced.sources import configured

    def reread() -> Config:
        again = config.load(path)
        configured.withdraw_secrets(again)
        _log_old_keys(again)
        return again

    path = config_path(config_file)
    if path is None:
        raise UserError(
            f"no configuration: write {config.DEFAULT_PATH} or name one with --config", exit_code=EXIT_CONFIG
        )
    found = config.load(path)
    config.chosen(found, names)
    environment = configured.withdraw_secrets(found)
    log.start(found.log.format, found.log.identifier)
    _log_old_keys(found)
    if once:
        # A signal simply kills: that loses nothing.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        sys.exit(EXIT_SUCCESS if once_.run(found, names, environment) else EXIT_MAILBOX)
    status = service.run(found, names, environment, reread)
    logging.shutdown()
    # A thread may still wait for a name server or a peer that does not answer; everything that counts is on the disk.
    os._exit(status)


def _log_old_keys(config: Config) -> None:
    for old, new in config.old_keys():
        log.fact(logging.WARNING, "old-key", key=old, renamed=new)


@click.command("check-config", epilog="Example: bounced check-config --config ./bounced.toml")
@config_option
def check_config(config_file: str | None) -> None:
    """Every problem of the configuration at once, each with its key and how to mend it. Exit status 78 if any.

    What is no problem but lets strangers in is a note.
    """
    path = config_path(config_file)
    if path is None:
        raise UserError(f"no configuration: there is no {config.DEFAULT_PATH}", exit_code=EXIT_CONFIG)
    problems = preflight.check(path)
    if problems:
        raise UserError(*problems, exit_code=EXIT_CONFIG)
    for note in preflight.notes(config.load(path)):
        click.echo(f"{printable(str(path))}: note: {note}", err=True)
    click.echo(f"{printable(str(path))}: no problem found", err=True)
