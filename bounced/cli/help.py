"""How commands explain themselves: nothing is cut, an example can be copied as it is, a wrong word is one line."""

from __future__ import annotations

import textwrap
from functools import partial

import click


class Command(click.Command):
    """A command whose epilog is an example, or several, one on each line."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes the examples, broken at blanks only, where a shell continues it."""
        if self.epilog:
            formatter.write_paragraph()
            for example in self.epilog.splitlines():
                formatter.write(_example(example, formatter.width))


class Group(Command, click.Group):
    """Commands, each with the first sentence of its help."""

    command_class = Command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes a section for each of ``sections``."""
        for title, names in self.sections().items():
            with formatter.section(title):
                formatter.write_dl([(name, self._summary(ctx, name)) for name in names])

    def sections(self) -> dict[str, list[str]]:
        """The names of the commands, under the headings of the help."""
        return {"Commands": list(self.commands)}

    def _summary(self, ctx: click.Context, name: str) -> str:
        command = self.get_command(ctx, name)
        return command.get_short_help_str(limit=1000).rstrip(".") if command else ""


#: Makes a function a command of this class.
command = partial(click.command, cls=Command)


def usage(error: click.UsageError) -> str:
    """What is wrong with the words of a command, and where its help is."""
    text = " ".join(error.format_message().split())  # of an option with choices each has a line
    end = "" if text.endswith((".", "?")) else "."
    path = error.ctx.command_path if error.ctx else "bounced"
    return f"{text[:1].lower()}{text[1:]}{end} See `{path} --help`"


def _example(epilog: str, width: int) -> str:
    lines = textwrap.wrap(epilog, width - 4, break_long_words=False, break_on_hyphens=False)
    return "  " + " \\\n      ".join(lines) + "\n"
