"""The command that sets up the first mailbox: nothing is changed on the server, nothing replaced without saying so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import click

from bounced.cli import scan
from bounced.cli.common import config_option
from bounced.cli.files import Place, refuse_to_replace, refuse_unwritable, written
from bounced.cli.help import command
from bounced.cli.questions import answers
from bounced.cli.tally import Tally
from bounced.config import DEFAULT_PATH, Config, toml
from bounced.errors import EXIT_MAILBOX, UserError
from bounced.model import Tls
from bounced.peer import counted, printable
from bounced.sources import configured

#: The variable that holds the password in the draft, before it has a file.
PASSWORD_VARIABLE = "BOUNCED_SETUP_PASSWORD"  # noqa: S105

#: What to do then, for each answer about the mail server.
NEXT_STEPS: Mapping[str, tuple[str, ...]] = {
    "none": (),
    "postfix": (
        "systemctl enable --now bounced-policy.socket",
        "and in /etc/postfix/main.cf, first in smtpd_recipient_restrictions (docs/readers.md):",
        "    check_policy_service { unix:private/bounced, timeout=10s, default_action=DUNNO }",
    ),
    "exim": ("systemctl enable --now bounced-policy.socket, and the ACL in docs/readers.md, Exim",),
}


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to be written."""

    answers: Mapping[str, str]
    connection: Mapping[str, object]  # keys of [mailbox.bounces]
    database: str

    def text(self, login: Mapping[str, object]) -> str:
        """The configuration file, with the keys for the ``login``."""
        domains = [name.strip() for name in self.answers["own_domains"].split(",") if name.strip()]
        return toml.document(
            {
                "database": {"path": self.database},
                "mailbox.bounces": {**self.connection, **login},
                "trust": {"own_domains": domains},
            }
        )


@command(epilog="Example: bounced setup --host imap.example.org --user bounces@example.org < password-file")
@click.option("--host", metavar="HOST", help="IMAP server of the bounce mailbox.")
@click.option("--user", metavar="NAME", help="Login name.")
@click.option(
    "--port", type=click.IntRange(1, 65535), metavar="PORT", help="Default: 993, or 143 without implicit TLS."
)
@click.option("--tls", type=click.Choice(["implicit", "starttls", "none"]), default="implicit", show_default=True)
@click.option("--ca-file", metavar="FILE", help="PEM file with the CA to trust instead of the system's.")
@click.option("--folder", "folders", multiple=True, metavar="NAME", help="Folder to read; repeatable. Default: INBOX.")
@click.option("--own-domains", metavar="DOMAINS", help="Domains that you send from, separated by commas.")
@click.option(
    "--mta", type=click.Choice(list(NEXT_STEPS)), help="Mail server that should refuse suppressed recipients."
)
@click.option("--database", default="/var/lib/bounced/bounced.db", show_default=True, metavar="FILE")
@click.option("--overwrite", is_flag=True, help="Replace the configuration; the one before is kept as FILE.old.")
@config_option
def setup(
    host: str | None,
    user: str | None,
    port: int | None,
    tls: Tls,
    ca_file: str | None,
    folders: tuple[str, ...],
    own_domains: str | None,
    mta: str | None,
    database: str,
    overwrite: bool,
    config_file: str | None,
) -> None:
    """Set up a mailbox: try the login, show what would be read and counted, and write the configuration.

    Asks on a terminal for what is not given. Elsewhere the first line of standard input is the password.
    """
    place = Place(Path(config_file or DEFAULT_PATH), Path(database))
    refuse_unwritable(place)
    refuse_to_replace(place.files, overwrite=overwrite)
    given = answers({"host": host, "user": user, "own_domains": own_domains, "mta": mta})
    named = {"host": given["host"], "user": given["user"], "port": port, "ca_file": ca_file, "folders": list(folders)}
    connection = {"tls": tls, **{key: value for key, value in named.items() if value}}
    draft = Draft(given, connection, database)
    _try(toml.loaded(draft.text({"password_env": PASSWORD_VARIABLE})), given["password"])
    login = {"password_file": str(place.password)}
    written(place, draft.text(login), given["password"], overwrite=overwrite)
    _tell_next(place, given["mta"])


def _try(config: Config, password: str) -> None:
    """Logs in, shows the folders, and counts what is in those to be read, without keeping it. Raises MailboxError."""
    environment = {**configured.withdraw_secrets(config), PASSWORD_VARIABLE: password}
    read = config.mailbox["bounces"].folders
    for name, messages in configured.listed(config, "bounces", environment):
        mark = "would be read" if name in read else "not read (--folder)"
        click.echo(f"{printable(name)}: {counted(messages, 'message')}, {mark}", err=True)
    tally = Tally()
    mailboxes = configured.polled(config, "bounces", environment)
    if failed := scan.count(mailboxes, config, tally, dry_run=True):
        raise UserError(*failed, exit_code=EXIT_MAILBOX)
    for line in tally.lines():
        click.echo(f"dry run: {line}", err=True)


def _tell_next(place: Place, mta: str) -> None:
    for line in (
        f"{place.config}: written; {place.password}: the password",
        "The daemon will move what it has counted to the folder Bounced, and everything else, a person's letter too,",
        'to Bounced-Unrecognized. To have it leave everything where it is: on_done = "leave" in [mailbox.bounces].',
        "Next:",
        "    bounced check-config --connect",
        "    systemctl enable --now bounced && bounced status",
        *(f"    {step}" for step in NEXT_STEPS[mta]),
    ):
        click.echo(line, err=True)
