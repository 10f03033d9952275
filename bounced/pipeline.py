"""The path of one batch: understand (pure, in a worker), take (one transaction), settle.

A message belongs to the mailbox until ``Ledger.take`` has returned and to the ledger from then on; only then is the
mailbox told. A crash in between leaves messages that the ledger has and the mailbox still shows: ``catch_up`` tells it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from bounced import reading
from bounced.fingerprint import fingerprint, unfetched
from bounced.ledger import Ledger, Receipt
from bounced.model import Item, Mailbox, MailboxError, RawMessage, Reading
from bounced.workers import Workers

#: Told of every batch that the ledger took.
Observer = Callable[[Sequence[Item], Receipt], None]


def drain(
    mailbox: Mailbox,
    ledger: Ledger,
    workers: Workers,
    observe: Observer,
    *,
    resume: bool = False,
    wanted: Callable[[RawMessage], bool] = lambda _: True,
    settle: bool = True,
) -> None:
    """Takes what ``mailbox`` holds and ``wanted`` accepts, and settles it unless told not to.

    With ``resume`` that is what lies behind the ledger's cursor, which moves along; without, everything, and the cursor
    stays where it is. Raises MailboxError, LedgerError or Stopped; what the observer was told of is in the ledger then.
    A mailbox that can't be settled (a folder that can't be made, a quota) is still read to its end.
    """
    unsettled: MailboxError | None = None
    for batch in mailbox.batches(ledger.cursor(mailbox.name) if resume else None):
        for items, last in _parts([message for message in batch.messages if wanted(message)], ledger, workers):
            receipt = ledger.take(items, batch.cursor if resume and last else None)
            observe(receipt.items, receipt)
            if settle:
                try:
                    mailbox.settle(receipt.intakes)
                    ledger.settled(receipt.intakes)
                except MailboxError as error:
                    unsettled = error
    if unsettled:
        raise unsettled


def catch_up(mailbox: Mailbox, ledger: Ledger) -> None:
    """Settles what an earlier run took and could not settle. Raises MailboxError or LedgerError."""
    left = ledger.unsettled(mailbox.name)
    if left:
        mailbox.settle(left)
        ledger.settled(left)


def _parts(messages: Sequence[RawMessage], ledger: Ledger, workers: Workers) -> Iterator[tuple[list[Item], bool]]:
    """The messages with their readings, but for those that the ledger knows: these are not read again."""
    marks = [_fingerprint(message) for message in messages]
    items = [Item(message, mark, _unfetched(message)) for message, mark in zip(messages, marks, strict=True)]
    return reading.parts(items, ledger.known(marks), ledger, workers)


def _unfetched(message: RawMessage) -> Reading | None:
    if message.too_large:
        return Reading("unreadable", problem=f"too large to fetch: {message.size} octets")
    return None


def _fingerprint(message: RawMessage) -> str:
    if message.too_large:
        origin = message.origin
        return unfetched(f"{origin.mailbox} {origin.uidvalidity} {origin.uid}", message.size)
    return fingerprint(message.content)
