"""Clears the server of mails that were counted long ago."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from bounced.ledger.ledger import Ledger
from bounced.pipeline.items import fingerprint_of
from bounced.sources import Retained


def retain(shelf: Retained, ledger: Ledger) -> Iterator[int]:
    """Removes what the ledger has had for longer than ``shelf`` retains it, and yields how many of each batch.

    What it does not know by its content, did not understand, or holds for a person stays, whoever put it there; what
    is known by its UID to be such a message is not fetched. Raises MailboxError or LedgerError.
    """
    try:
        for batch in shelf.old(partial(ledger.folders.outliving, retain=shelf.retain)):
            marks = {message.origin: fingerprint_of(message) for message in batch.messages}
            outlived = ledger.outlived(marks.values(), shelf.retain)
            yield shelf.remove([origin for origin, mark in marks.items() if mark in outlived])
    finally:
        shelf.close()
