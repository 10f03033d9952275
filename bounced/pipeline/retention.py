"""Removes messages from the server that were counted long ago."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from bounced.ledger.ledger import Ledger
from bounced.pipeline.items import fingerprints_of
from bounced.sources import RetainedFolder


def retain(folder: RetainedFolder, ledger: Ledger) -> Iterator[int]:
    """Removes the messages that the ledger has had for longer than ``folder`` retains them; yields how many per batch.

    Messages that it does not know by their content, did not recognize, or holds for a person stay, regardless of who
    put them there; those known by their UID to be such messages are not fetched. Raises MailboxError or LedgerError.
    """
    try:
        for batch in folder.old(partial(ledger.folders.removable, retain=folder.retain)):
            origins = [message.origin for message in batch.messages]
            fingerprints = dict(zip(origins, fingerprints_of(batch.messages, ledger), strict=True))
            removable = ledger.removable(fingerprints.values(), folder.retain)
            yield folder.remove([origin for origin, fingerprint in fingerprints.items() if fingerprint in removable])
    finally:
        folder.close()
