"""`bounced erase`, for a person who asks for it (GDPR, article 17)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import click

from bounced.address import key as address_key
from bounced.cli import erased_messages, output
from bounced.cli.common import config_option, json_option, load
from bounced.cli.help import command
from bounced.cli.writing import writable
from bounced.config import Config
from bounced.errors import UserError
from bounced.ledger import backup
from bounced.ledger.erasure import Erased
from bounced.ledger.ledger import Ledger
from bounced.ledger.named_messages import NamedMessage
from bounced.peer import counted, printable
from bounced.pipeline import Found

#: What no command of ours can reach.
ELSEWHERE = (
    "messages on the mail server that mention it in reports about others, and files that were scanned",
    "what sinks and exports have delivered: exported files lose it when the daemon writes them next",
    "logs of bounced and of the mail server, and what your own programs write into sends and recipients",
    "databases that `bounced restore` has put aside, and copies that you made",
)


@command(epilog="Example: bounced erase anna@example.org --backups --messages --yes")
@click.argument("address", metavar="ADDRESS")
@click.option("--entirely", is_flag=True, help="Keep nothing, not even what has it suppressed.")
@click.option("--backups", is_flag=True, help="Make a new backup, and delete all older ones, in backup_folder.")
@click.option("--messages", is_flag=True, help="Remove the messages that name it from the mail server, too.")
@click.option("--keep-shared", is_flag=True, help="Of these leave those about others as well, and unrecognized ones.")
@click.option("--yes", is_flag=True, help="Do it; without this, only show what would be erased.")
@json_option
@config_option
def erase(
    address: str,
    entirely: bool,
    backups: bool,
    messages: bool,
    keep_shared: bool,
    yes: bool,
    json_: bool,
    config_file: str | None,
) -> None:
    """Erase an address, of every tenant, from the database: what is about it, and wherever else it is written.

    If it is suppressed, a keyed hash of it stays, so that `bounced check`, the policy server, the API and Python
    still refuse it. What is not erased is listed at the end. It can't be undone.
    """
    if keep_shared and not messages:
        raise UserError("--keep-shared says which messages stay on the server: give --messages too")
    config = load(config_file)
    key = _key(address)
    delimiters = config.rule().delimiters
    with writable(config, dry_run=not yes, backups=config.database.backups) as ledger:
        wanted = _wanted(ledger, key, delimiters, keep_shared=keep_shared) if messages else []
        found = erased_messages.remove(config, ledger, wanted) if yes else []
        result = ledger.erasure.erase(key, delimiters, entirely=entirely)
        if yes:
            ledger.erasure.rewrite()
    if yes and backups and backup.copies(config.database.path, config.database.backups):
        backup.run(config.database.path, config.database.backups, 1)
    answer = _answer(result, found, config, yes=yes)
    if json_:
        click.echo(output.as_json(answer))
        return
    for line in _lines(answer, replaced=yes and backups, wanted=len(wanted)):
        click.echo(printable(line, 1000))
    if not yes:
        click.echo("nothing was changed; --yes does it", err=True)


def _wanted(ledger: Ledger, key: str, delimiters: str, *, keep_shared: bool) -> list[NamedMessage]:
    """The messages that are to be removed from the server."""
    named = ledger.erasure.messages(key, delimiters)
    return [message for message in named if not (keep_shared and message.is_shared)]


def _key(text: str) -> str:
    try:
        return address_key(text)
    except ValueError as error:
        raise UserError(f"{text[:200]!r}: {error}") from None


def _answer(result: Erased, found: Sequence[Found], config: Config, *, yes: bool) -> dict[str, Any]:
    return {
        "erased": yes,
        "rows": result.rows,
        "texts": result.texts,
        "kept": result.kept,
        "places": erased_messages.rows(result.messages, found),
        "removed": erased_messages.removed_rows(found),
        "backups": [str(copy) for copy in backup.copies(config.database.path, config.database.backups)],
    }


def _lines(answer: dict[str, Any], *, replaced: bool, wanted: int) -> Iterator[str]:
    """What was or would be erased, and what stays, for people."""
    verb = "erased" if answer["erased"] else "would erase"
    rows = ", ".join(f"{number:,} from {table}" for table, number in sorted(answer["rows"].items()))
    yield f"{verb} {counted(sum(answer['rows'].values()), 'row')}{f' ({rows})' if rows else ''}"
    yield f"{verb} it from {counted(answer['texts'], 'row')} about others"
    if answer["kept"]:
        yield f"stays suppressed: {counted(answer['kept'], 'suppression')}, by a hash (--entirely keeps none)"
    if answer["removed"]:
        yield erased_messages.removed_words(answer["removed"])
    elif wanted and not answer["erased"]:
        yield f"would remove {counted(wanted, 'message')} from the mail server, as far as they are still there"
    left = [place for place in answer["places"] if not place["is_removed"]]
    backups, messages = _backups(answer, replaced=replaced), erased_messages.left_words(left)
    yield "not erased by this:"
    yield from (f"    {line}" for line in (*backups, *messages, *ELSEWHERE))


def _backups(answer: dict[str, Any], *, replaced: bool) -> Iterator[str]:
    older = 0 if replaced else len(answer["backups"])
    if older:
        yield f"{counted(older, 'backup')} made before, until each is replaced (--backups makes a new one instead)"
