"""Commands that copy the database, and put a copy in its place."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from bounced.cli.common import config_option, load
from bounced.cli.help import command
from bounced.ledger import backup as copies
from bounced.ledger import database
from bounced.ledger import restore as restoring
from bounced.ledger.carried import Carried
from bounced.peer import printable


@command(epilog="Example: bounced backup && apt-get upgrade")
@config_option
def backup(config_file: str | None) -> None:
    """Copy the database now, as the daemon does every day, and print where the copy is. Safe at any time.

    The copy is checked, and counts as one of the keep_backups that are kept.
    """
    config = load(config_file)
    database.open_for_reading(config.database.path).conn.close()
    path = copies.run(config.database.path, config.database.backups, max(config.database.keep_backups, 1))
    click.echo(printable(str(path), 1000))


@command(epilog="Example: bounced restore /var/lib/bounced/backups/bounced-2026-09-17T021500Z.db")
@click.argument("copy", metavar="FILE")
@config_option
def restore(copy: str, config_file: str | None) -> None:
    """Put a backup in the place of the database. The old one is kept; stop the daemon first.

    The backup is checked before anything is changed, and readers never find the database missing. What the old one
    knows as erased is erased from what is restored, and still refused.
    """
    config = load(config_file)
    restored = restoring.run(Path(copy), config.database.path, config.rule())
    kept = f"; the old one is {restored.old}" if restored.old else ""
    for line in (
        f"{config.database.path}: restored{kept}",
        *_carried(config.database.path, restored.carried),
        "Next: systemctl start bounced; count again what was moved since the copy was made (docs/database.md, Backups)",
        "and restart readers that keep the file open (postfix reload for a map; the policy server reopens it)",
    ):
        click.echo(printable(line, 1000), err=True)


def _carried(path: str, carried: Carried) -> Iterator[str]:
    """What was erased from the backup, and what is not known, for people."""
    if carried.addresses:
        was = "address was" if carried.addresses == 1 else "addresses were"
        yield f"{path}: {carried.addresses:,} erased {was} in the backup, and erased from it"
    if not carried.is_complete:
        yield (
            f"{path}: what was erased since the backup was made is not known, or not all of it: the old database "
            "can't be read; erase it again (docs/privacy.md, After a restore)"
        )
    yield from (f"{path}: {news}" for news in carried.news)
