"""The command line: data on standard output, messages on standard error, one line for each problem."""

from __future__ import annotations

import errno
import io
import logging
import os
import sys
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib import import_module
from typing import Any

import click

from bounced import __version__
from bounced.cli.common import problem
from bounced.cli.help import Group, usage
from bounced.errors import (
    EXIT_INTERRUPTED,
    EXIT_IO,
    EXIT_MAILBOX,
    EXIT_SOFTWARE,
    EXIT_USAGE,
    MailboxError,
    UserError,
)
from bounced.peer import escaped, printable

#: Set in the environment, it has an internal error shown with its traceback.
TRACEBACK = "BOUNCED_TRACEBACK"

#: Characters of what an internal error says.
FAULT_LENGTH_LIMIT = 500

#: The commands under the headings of the help, in the order in which a user meets them, each with its module and its
#: name there.
_SECTIONS = {
    "Set up and run": {
        "setup": ("setup", "setup"),
        "run": ("run", "run"),
        "scan": ("scan", "scan"),
        "parse": ("parse", "parse"),
    },
    "Ask": {
        "check": ("check", "check"),
        "explain": ("ask", "explain"),
        "suppressions": ("ask", "suppressions"),
        "report": ("report", "report"),
    },
    "Decide": {
        "suppress": ("decide", "suppress"),
        "release": ("decide", "release"),
        "allow": ("decide", "allow"),
        "disallow": ("decide", "disallow"),
        "list": ("lists", "list_group"),
        "undo": ("undo", "undo"),
        "redo": ("undo", "redo"),
        "held": ("held", "held"),
        "accept": ("held", "accept"),
        "reject": ("held", "reject"),
        "withheld": ("withheld", "withheld"),
        "resume": ("withheld", "resume"),
        "incidents": ("incidents", "incidents"),
        "incident": ("incidents", "incident_group"),
        "unrecognized": ("ask", "unrecognized"),
        "reports": ("ask", "reports"),
    },
    "Tell what was sent": {
        "sends": ("sent", "sends_group"),
        "recipients": ("sent", "recipients_group"),
        "delivered": ("sent", "delivered_group"),
        "volume": ("sent", "volume_group"),
        "health": ("health", "health"),
        "token": ("token", "token"),
    },
    "Look after it": {
        "status": ("status", "status"),
        "alarms": ("alarms", "alarms"),
        "top": ("top", "top"),
        "sink": ("sink", "sink"),
        "classify": ("classify", "classify"),
        "policy": ("policy", "policy_group"),
        "replay": ("replay", "replay"),
        "erase": ("erase", "erase"),
        "backup": ("backup", "backup"),
        "restore": ("backup", "restore"),
        "check-config": ("check_config", "check_config"),
        "policy-server": ("policy_server", "policy_server"),
        "api": ("api", "api"),
        "web": ("web", "web"),
    },
}

_COMMANDS = {name: place for commands in _SECTIONS.values() for name, place in commands.items()}

#: Commands that had a different name before.
_RENAMED = {"unread": "unrecognized"}


class Commands(Mapping[str, click.Command]):
    """The commands, each loaded on demand: a sender runs `check` before each message, and workers need none."""

    def __getitem__(self, name: str) -> click.Command:
        module, attribute = _COMMANDS[name]
        command: click.Command = getattr(import_module(f"bounced.cli.{module}"), attribute)
        return command

    def __iter__(self) -> Iterator[str]:
        return iter(_COMMANDS)

    def __len__(self) -> int:
        return len(_COMMANDS)


class Bounced(Group):
    """The commands, in the order in which a user meets them; every problem is one line."""

    def sections(self) -> dict[str, list[str]]:
        return {title: list(commands) for title, commands in _SECTIONS.items()}

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if name := _RENAMED.get(cmd_name):
            problem(f"`bounced {cmd_name}` is now `bounced {name}`")
            return super().get_command(ctx, name)
        return super().get_command(ctx, cmd_name)

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        _prepare_streams()
        with _each_problem_is_one_line():
            return super().make_context(info_name, args, parent, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        with _each_problem_is_one_line():
            return super().invoke(ctx)


@contextmanager
def _each_problem_is_one_line() -> Iterator[None]:
    """Tells what was raised, and exits."""
    try:
        yield
    except (click.exceptions.NoArgsIsHelpError, click.exceptions.Exit):
        raise
    except click.UsageError as error:
        problem(usage(error))
        sys.exit(EXIT_USAGE)
    except UserError as error:
        for line in error.problems:
            problem(line)
        sys.exit(error.exit_code)
    except MailboxError as error:
        problem(str(error))
        sys.exit(EXIT_MAILBOX)
    except (KeyboardInterrupt, click.Abort):  # the latter while it asks
        problem("interrupted")
        sys.exit(EXIT_INTERRUPTED)
    except OSError as error:
        if error.errno == errno.EPIPE:  # `bounced … | head`: click ends quietly
            raise
        file = "" if error.filename is None else str(error.filename)
        problem(": ".join(filter(None, [file, error.strerror or str(error) or type(error).__name__])))
        _drop_output()
        sys.exit(EXIT_IO)
    except Exception as error:  # noqa: BLE001  no script may read the exit status 1 of Python as an answer
        _tell_fault(error)
        sys.exit(EXIT_SOFTWARE)


def _tell_fault(error: Exception) -> None:
    """Tells of a bug in one line; above it, if the environment asks for that, where it is."""
    is_shown = bool(os.environ.get(TRACEBACK))
    for line in "".join(traceback.format_exception(error)).splitlines() if is_shown else ():
        click.echo(escaped(line), err=True)
    text = printable(": ".join(filter(None, [type(error).__name__, str(error)])), FAULT_LENGTH_LIMIT)
    problem(f"internal error: {text}" + ("" if is_shown else f"; {TRACEBACK}=1 in the environment shows where"))


def _prepare_streams() -> None:
    """Has no stream refuse a letter, and a closed output refuse all: Python has None for those that are closed."""
    _reserve_standard_files()
    sys.stdin = sys.stdin or os.fdopen(0)
    sys.stdout = sys.stdout or os.fdopen(os.open(os.devnull, os.O_RDONLY), "w")
    sys.stderr = sys.stderr or os.fdopen(2, "w")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _reserve_standard_files() -> None:
    """Opens those of the descriptors 0 to 2 that are closed: otherwise the database would get one of them."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(descriptor, True)
    os.close(descriptor)


def _silence_libraries() -> None:
    """What libraries log or warn about is theirs; the daemon, which has a log, notes it there (``log.start``)."""
    if not logging.root.handlers:
        logging.root.addHandler(logging.NullHandler())
    logging.captureWarnings(True)


def _drop_output() -> None:
    """At exit Python would try to write the rest again, and show a traceback if the disk is still full."""
    with suppress(OSError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


EXAMPLES = """\
Example: bounced scan --dry-run /var/mail/bounces
Example: bounced explain anna@example.org
Example: bounced report --since 7d
"""


@click.group(
    cls=Bounced,
    commands=Commands(),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=EXAMPLES,
)
@click.version_option(__version__)
def main() -> None:
    """Watch bounce and complaint mailboxes; keep the addresses you must no longer mail in an SQLite file."""
    _silence_libraries()
