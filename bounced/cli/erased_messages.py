"""The messages on the mail server that name an address: which they are, and removing them for `bounced erase`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from bounced import pipeline
from bounced.config import Config
from bounced.errors import EXIT_MAILBOX, MailboxError, UserError
from bounced.ledger.ledger import Ledger
from bounced.ledger.named_messages import NamedMessage
from bounced.peer import counted
from bounced.pipeline import Found
from bounced.sources import configured

#: Places of messages that are shown to people; --json has all.
PLACES_LIMIT = 20

#: What is said of a message that is about others as well.
SHARED = ", about others as well, or not recognized"


def remove(config: Config, ledger: Ledger, messages: Sequence[NamedMessage]) -> list[Found]:
    """Removes ``messages`` from the servers of the configuration; returns those that were found there.

    Raises UserError when a mailbox can't be read: nothing may be erased then, or nobody would know the rest.
    """
    environment = configured.withdraw_secrets(config)
    try:
        return [
            found
            for name, of_mailbox in _by_mailbox(config, messages)
            for folder in configured.searched(config, name, environment)
            for found in pipeline.remove_named(folder, ledger, of_mailbox)
        ]
    except MailboxError as error:
        problem = f"{error}; nothing was erased from the database, run it again or leave out --messages"
        raise UserError(problem, exit_code=EXIT_MAILBOX) from None


def _by_mailbox(config: Config, messages: Sequence[NamedMessage]) -> Iterator[tuple[str, list[NamedMessage]]]:
    """The sections of the configuration with those of ``messages`` that were read there."""
    for name, section in config.mailbox.items():
        where = f"{section.kind}:{name}/"
        if there := [message for message in messages if any(place[0].startswith(where) for place in message.places)]:
            yield name, there


def rows(messages: Iterable[NamedMessage], found: Sequence[Found]) -> list[dict[str, Any]]:
    """Each place of ``messages`` where they were read, for JSON, and whether they are gone from all folders."""
    staying = {each.key for each in found if not each.is_removed}
    removed = {each.key for each in found} - staying
    return [
        {
            "mailbox": mailbox,
            "uidvalidity": uidvalidity,
            "uid": uid,
            "shared": message.is_shared,
            "is_removed": message.key in removed,
        }
        for message in messages
        for mailbox, uidvalidity, uid in message.places
    ]


def removed_rows(found: Iterable[Found]) -> dict[str, int]:
    """How many messages were removed from each folder."""
    return dict(sorted(Counter(each.folder for each in found if each.is_removed).items()))


def removed_words(removed: Mapping[str, int]) -> str:
    """What was removed, for people."""
    folders = ", ".join(f"{number:,} from {folder}" for folder, number in removed.items())
    return f"removed {counted(sum(removed.values()), 'message')} from the mail server: {folders}"


def left_words(places: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Which messages may still be on the server, for people; ``places`` are as in ``rows``."""
    if places:
        yield f"{counted(len(places), 'message')} naming it that may still be on the server, or where it was moved:"
    for place in places[:PLACES_LIMIT]:
        shared = SHARED if place["shared"] else ""
        yield f"    {place['mailbox']}: UID {place['uid']} (UIDVALIDITY {place['uidvalidity']}){shared}"
    if len(places) > PLACES_LIMIT:
        yield f"    and {len(places) - PLACES_LIMIT:,} more (--json has all)"
