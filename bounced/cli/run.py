"""The command that runs the daemon."""

from __future__ import annotations

import logging
import os
import signal
import sys

import click

from bounced.cli.common import config_option, config_path
from bounced.cli.help import command
from bounced.config import DEFAULT_PATH, Config, chosen, load
from bounced.daemon import log
from bounced.errors import EXIT_CONFIG, EXIT_MAILBOX, EXIT_SUCCESS, UserError


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
        raise no_configuration()
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


def no_configuration() -> UserError:
    """Of commands that need one."""
    return UserError(
        f"no configuration: {DEFAULT_PATH} does not exist; `bounced setup` writes it", exit_code=EXIT_CONFIG
    )


def _log_old_keys(config: Config) -> None:
    for old, new in config.old_keys():
        log.fact(logging.WARNING, "old-key", key=old, renamed=new)
