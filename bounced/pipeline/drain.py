"""The path of one batch: understand (pure, in a worker), take (one transaction), settle.

A message belongs to the mailbox until ``Ledger.take`` has returned and to the ledger from then on; only then is the
mailbox told. A crash in between leaves messages that the ledger has and the mailbox still shows: ``catch_up`` tells it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from bounced.errors import MailboxError
from bounced.ledger.fingerprint import fingerprint, unfetched
from bounced.ledger.ledger import Ledger, Receipt
from bounced.model import Batch, Intake, Item, Parsed, RawMessage
from bounced.pipeline import poison
from bounced.sources import Mailbox
from bounced.workers import Workers

#: Told of every batch that the ledger took.
Observer = Callable[[Sequence[Item], Receipt], None]


class Unsettled(MailboxError):
    """What was read is in the ledger, and the mailbox could not be told: a folder that can't be made, a quota."""


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
    A mailbox that can't be settled is still read to its end; raises Unsettled then.
    """
    unsettled: Unsettled | None = None
    for batch in mailbox.batches(ledger.folders.cursor(mailbox.name) if resume else None):
        chosen = Batch(tuple(filter(wanted, batch.messages)), batch.cursor if resume else None, batch.vanished)
        for receipt in take(chosen, ledger, workers):
            observe(receipt.items, receipt)
            if settle:
                try:
                    settle_with(mailbox, ledger, receipt.intakes, receipt.intakes)
                except Unsettled as error:
                    unsettled = error
    if unsettled:
        raise unsettled


def settle_with(mailbox: Mailbox, ledger: Ledger, taken: Sequence[Intake], wished: Sequence[Intake]) -> None:
    """Has the mailbox told of ``taken`` as ``wished``, and the ledger that it was."""
    try:
        mailbox.settle(wished)
    except MailboxError as error:
        raise Unsettled(str(error)) from error
    ledger.folders.settled(taken)


def take(batch: Batch, ledger: Ledger, workers: Workers) -> Iterator[Receipt]:
    """Has the ledger take a batch in parts, but for messages that were withheld and are to be asked for again."""
    withheld = [message.origin for message in batch.messages if message.withheld]
    spared = set(withheld) - ledger.folders.exhausted(withheld) if withheld else set()
    refused = [origin for origin in withheld if origin in spared]
    messages = [message for message in batch.messages if message.origin not in spared]
    for items, last in _parts(messages, ledger, workers):
        if last:
            yield ledger.take(items, batch.cursor, vanished=batch.vanished, refused=refused)
        else:
            yield ledger.take(items)


def _parts(messages: Sequence[RawMessage], ledger: Ledger, workers: Workers) -> Iterator[tuple[list[Item], bool]]:
    """The messages with their readings, but for those that the ledger knows: these are not read again."""
    marks = [fingerprint_of(message) for message in messages]
    items = [Item(message, mark, _unfetched(message)) for message, mark in zip(messages, marks, strict=True)]
    return poison.parts(items, ledger.known(marks), ledger, workers)


def _unfetched(message: RawMessage) -> Parsed | None:
    if message.withheld:
        return Parsed("unreadable", problem="the server does not give it out")
    if message.too_large:
        return Parsed("unreadable", problem=f"too large to fetch: {message.size} octets")
    return None


def fingerprint_of(message: RawMessage) -> str:
    if _unfetched(message):
        origin = message.origin
        return unfetched(f"{origin.mailbox} {origin.uidvalidity} {origin.uid}", message.size)
    return fingerprint(message.content)
