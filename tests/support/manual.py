"""The manual pages, made from what the help, the configuration and the documentation are made from."""

from __future__ import annotations

import click

from bounced.cli import main
from bounced.config.policy import LimitSection
from bounced.config.section import Section
from bounced.errors import EXIT_CODES
from tests.support import documents, roff
from tests.support.documents import DOCS, README, ROOT

#: Where the pages are.
MAN = ROOT / "contrib" / "man"

_FILES = """\
## Files

| `/etc/bounced/bounced.toml` | the configuration: **bounced.toml**(5) |
| `/var/lib/bounced/bounced.db` | the SQLite file, with the views `suppressed`, `events_view` and `campaign_health` |
| `/var/lib/bounced/backups` | the daily backups |

## Environment

| `BOUNCED_CONFIG` | the configuration file, unless `--config` names one |
| `CREDENTIALS_DIRECTORY` | the folder with the systemd credentials; set by systemd |
"""


def pages() -> dict[str, str]:
    """The text of every page under its file name."""
    return {
        "bounced.1": roff.page("bounced", 1, _bounced()),
        "bounced.toml.5": roff.page("bounced.toml", 5, _configuration()),
        "bounced-tokens.7": roff.page("bounced-tokens", 7, _tokens()),
    }


def write() -> None:
    """Writes all pages anew."""
    for name, text in pages().items():
        (MAN / name).write_text(text, "utf-8")


def _bounced() -> str:
    intro = README.read_text("utf-8").split("\n\n")[2]
    commands = "\n".join(
        _command(name, command)
        for name, command in documents.commands().items()
        if not isinstance(command, click.Group)
    )
    codes = "\n".join(f"| {code.number} {code.sysexits} | {code.meaning} | {code.commands} |" for code in EXIT_CODES)
    return f"""\
{_name("bounced", main.help or "")}
## Synopsis

`bounced` *COMMAND* [*OPTIONS*] [*ARGUMENTS*]

## Description

{intro}

## Commands

{commands}
## Exit status

{codes}

{_FILES}
{_see_also("bounced.toml(5)", "bounced-tokens(7)")}"""


def _command(name: str, command: click.Command) -> str:
    """A command with its options, as its help has them."""
    usage = documents.usage(name, command)
    context = click.Context(command, parent=click.Context(main, **main.context_settings))
    options = [record for option in command.params if (record := option.get_help_record(context)) and record[1]]
    rows = "\n".join(f"| `{_cell(option)}` | {_cell(help_)} |" for option, help_ in options)
    text = "\n\n".join(" ".join(part.split()) for part in (command.help or "").split("\n\n"))
    example = (command.epilog or "").removeprefix("Example:").strip()
    shown = f"\nExample:\n\n```sh\n{example}\n```\n" if example else ""
    return f"### `{usage}`\n\n{text.replace('``', '`')}\n\n{rows}\n{shown}"


def _configuration() -> str:
    page = (DOCS / "configuration.md").read_text("utf-8")
    intro = page.partition("# Configuration\n\n")[2].partition("\n## ")[0]
    tables: dict[str, type[Section]] = {
        "Before the first table": documents.sections()[""],
        **documents.sections(),
        "A limit": LimitSection,
    }
    keys = "\n".join(documents.key_table(title, section) for title, section in tables.items() if title)
    return f"""\
{_name("bounced.toml", "configuration of bounced")}
## Description

{intro}
{_part(page, "Passwords")}
{_part(page, "Changing the rule")}
## Keys

{_headless(keys)}
{_see_also("bounced(1)", "bounced-tokens(7)", "systemd.exec(5)")}"""


def _tokens() -> str:
    text = _part((DOCS / "senders.md").read_text("utf-8"), "Signed tokens")
    return f"""\
{_name("bounced-tokens", "signed tokens that show to whom a returned message was sent")}
{text.replace("## Signed tokens", "## Description", 1)}
{_see_also("bounced(1)", "bounced.toml(5)")}"""


def _name(name: str, purpose: str) -> str:
    return f"## Name\n\n{name} - {purpose[:1].lower()}{purpose[1:].rstrip('.')}\n"


def _see_also(*pages: str) -> str:
    listed = ", ".join(f"**{page.partition('(')[0]}**({page.partition('(')[2]}" for page in pages)
    return f"## See also\n\n{listed}, and the documentation in /usr/share/doc/bounced or docs/.\n"


def _part(page: str, heading: str) -> str:
    """A part of a page of the documentation, with its heading."""
    return f"## {heading}\n" + page.partition(f"\n## {heading}\n")[2].partition("\n## ")[0] + "\n"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _headless(tables: str) -> str:
    """Tables without the names of their columns."""
    return tables.replace("| key | value | default | meaning |\n|---|---|---|---|\n", "")
