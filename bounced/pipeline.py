"""The path of one batch: understand (pure, in a worker), take (one transaction), settle.

A message belongs to the mailbox until ``Ledger.take`` has returned and to the ledger from then on; only then is the
mailbox told. A crash in between leaves messages that the ledger has and the mailbox still shows: ``catch_up`` tells it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from bounced.fingerprint import fingerprint, unfetched
from bounced.ledger import Ledger, Receipt
from bounced.model import Batch, Cursor, Item, Mailbox, RawMessage, Reading
from bounced.workers import Workers

#: Told of every batch that the ledger took.
Observer = Callable[[Sequence[Item], Receipt], None]


def drain(
    mailbox: Mailbox,
    ledger: Ledger,
    workers: Workers,
    observe: Observer,
    *,
    after: Cursor | None = None,
    wanted: Callable[[RawMessage], bool] = lambda _: True,
) -> None:
    """Takes everything that ``mailbox`` holds behind ``after`` and ``wanted`` accepts.

    Raises MailboxError, LedgerError or Stopped; what the observer was told of is in the ledger then, the rest is not.
    """
    for batch in mailbox.batches(after):
        chosen = Batch(tuple(message for message in batch.messages if wanted(message)), batch.cursor)
        receipt = _take(chosen, ledger, workers, observe)
        settle(mailbox, ledger, receipt)


def catch_up(mailbox: Mailbox, ledger: Ledger) -> None:
    """Settles what an earlier run took and could not settle. Raises MailboxError or LedgerError."""
    left = ledger.unsettled(mailbox.name)
    if left:
        mailbox.settle(left)
        ledger.settled(left)


def settle(mailbox: Mailbox, ledger: Ledger, receipt: Receipt) -> None:
    """Tells the mailbox what became of its messages, then notes that it knows."""
    mailbox.settle(receipt.intakes)
    ledger.settled(receipt.intakes)


def _take(batch: Batch, ledger: Ledger, workers: Workers, observe: Observer) -> Receipt:
    items = _items(batch.messages, ledger, workers)
    receipt = ledger.take(items, batch.cursor)
    observe(items, receipt)
    return receipt


def _items(messages: Sequence[RawMessage], ledger: Ledger, workers: Workers) -> list[Item]:
    """The messages with their readings, but for those that the ledger knows: these are not read again."""
    marks = [_fingerprint(message) for message in messages]
    known = ledger.known(marks)
    new = [message for message, mark in zip(messages, marks, strict=True) if mark not in known]
    readings = iter(_understand(new, workers))
    return [
        Item(message, mark, None if mark in known else next(readings))
        for message, mark in zip(messages, marks, strict=True)
    ]


def _understand(messages: Sequence[RawMessage], workers: Workers) -> Iterable[Reading]:
    readings = iter(workers.understand([message.content for message in messages if not message.too_large]))
    for message in messages:
        if message.too_large:
            yield Reading("unreadable", problem=f"too large to fetch: {message.size} octets")
        else:
            yield next(readings)


def _fingerprint(message: RawMessage) -> str:
    if message.too_large:
        origin = message.origin
        return unfetched(f"{origin.mailbox} {origin.uidvalidity} {origin.uid}", message.size)
    return fingerprint(message.content)
