"""The command line: data on standard output, talk on standard error, one line for each thing that is wrong."""

from __future__ import annotations

import signal
from typing import Any

import click

from bounced import __version__
from bounced.cli import ask, decide, intake, operate
from bounced.cli.common import problem
from bounced.model import MailboxError, UserError

EXIT_TEMPORARY = 75  # EX_TEMPFAIL of sysexits.h
EXIT_INTERRUPTED = 128 + signal.SIGINT


class Bounced(click.Group):
    """The commands, in the order in which a user meets them; what goes wrong is said in one line."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except UserError as error:
            for line in error.problems:
                problem(line)
            ctx.exit(error.exit_code)
        except MailboxError as error:
            problem(str(error))
            ctx.exit(EXIT_TEMPORARY)
        except KeyboardInterrupt:
            problem("interrupted")
            ctx.exit(EXIT_INTERRUPTED)


@click.group(cls=Bounced, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__)
def main() -> None:
    """Watches bounce and complaint mailboxes and writes who must not be mailed any more into an SQLite file."""


for command in (
    operate.run,
    intake.scan,
    intake.parse,
    ask.check,
    ask.explain,
    ask.suppressions,
    decide.suppress,
    decide.release,
    ask.unread,
    operate.status,
    operate.check_config,
):
    main.add_command(command)
