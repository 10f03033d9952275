"""Takes batches so that no message holds the others up, and none takes the daemon down again and again.

1. Each message has its turn (bounced.pipeline.turns), those after which processes died alone: what is parsed alone is
   taken immediately.
2. What was parsed within PATIENCE seconds is taken then, and does not wait for the slow messages of its batch.
3. The cursor moves with the last messages of a batch, when those that are read later are noted.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from itertools import compress

from bounced.errors import MailboxError
from bounced.ledger.deferrals import Deferral
from bounced.ledger.ledger import Ledger, Receipt
from bounced.model import Batch, Intake, Item, Origin, RawMessage
from bounced.pipeline.items import items_of
from bounced.pipeline.turns import Turns
from bounced.sources import Mailbox
from bounced.workers import Workers

#: Seconds that messages wait for those that are parsed with them, each of which may take two.
PATIENCE = 5.0

#: Seconds after which a transaction takes no further message: with the addresses to judge it holds the writer for two.
TRANSACTION_SECONDS = 0.5

#: Called with every batch that the ledger took.
Observer = Callable[[Sequence[Item], Receipt], None]


class Unsettled(MailboxError):
    """The messages are in the ledger, and the mailbox could not be told: a folder that can't be created, a quota."""


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
    """Takes the messages in ``mailbox`` that ``wanted`` accepts, and settles them unless told not to.

    With ``resume`` these are the ones behind the ledger's cursor, which advances; without, all of them, and the cursor
    stays where it is. Raises MailboxError, LedgerError or Stopped; what the observer was called with is in the ledger
    then. A mailbox that can't be settled is still read to its end; raises Unsettled then.
    """
    unsettled: Unsettled | None = None
    for batch in mailbox.batches(ledger.folders.cursor(mailbox.name) if resume else None):
        chosen = Batch(tuple(filter(wanted, batch.messages)), batch.cursor if resume else None, batch.vanished)
        for receipt in take(chosen, ledger, workers, may_defer=resume):
            observe(receipt.items, receipt)
            if settle:
                try:
                    settle_with(mailbox, ledger, receipt.intakes, receipt.intakes)
                except Unsettled as error:
                    unsettled = error
    if unsettled:
        raise unsettled


def settle_with(mailbox: Mailbox, ledger: Ledger, taken: Sequence[Intake], wished: Sequence[Intake]) -> None:
    """Settles ``taken`` in the mailbox as ``wished``, and notes in the ledger that it did."""
    try:
        mailbox.settle(wished, ledger.folders)
    except MailboxError as error:
        raise Unsettled(str(error)) from error
    ledger.folders.settled(taken)


def take(batch: Batch, ledger: Ledger, workers: Workers, *, may_defer: bool) -> Iterator[Receipt]:
    """Takes a batch into the ledger in parts, except messages that were withheld and are to be fetched again.

    With ``may_defer`` neither those that are read later; both are noted with the cursor.
    """
    if not workers.keys.recalled:
        workers.keys.recall(ledger.known_keys.load())
    withheld = _withheld(batch, ledger)
    items = items_of([message for message in batch.messages if message.origin not in withheld], ledger)
    are_new = _are_new(items, ledger)
    turns = Turns(list(compress(items, are_new)), ledger, workers, may_defer=may_defer)
    known = [item for item, is_new in zip(items, are_new, strict=True) if not is_new]
    part: list[Item] = []
    since = time.monotonic()
    for item in turns.parsed():
        part.append(item)
        if turns.left and (turns.alone or time.monotonic() - since > PATIENCE):
            yield from _taken(part, ledger, Batch(()))
            part, since = [], time.monotonic()
    yield from _taken([*part, *known], ledger, batch, tuple(withheld), turns.deferred)
    if news := workers.keys.news():
        ledger.known_keys.keep(news)


def _taken(
    items: Sequence[Item],
    ledger: Ledger,
    batch: Batch,
    withheld: Sequence[Origin] = (),
    deferred: Sequence[Deferral] = (),
) -> Iterator[Receipt]:
    """Takes ``items`` in short transactions, so that others can write in between; the last one concludes ``batch``."""
    while True:
        receipt = ledger.take(
            items,
            batch.cursor,
            vanished=batch.vanished,
            withheld=withheld,
            deferred=deferred,
            seconds=TRANSACTION_SECONDS,
        )
        yield receipt
        items = items[len(receipt.intakes) :]
        if not items:
            return


def _withheld(batch: Batch, ledger: Ledger) -> dict[Origin, None]:
    """The messages that were withheld and are to be fetched again, in order; others withheld are unreadable."""
    withheld = [message.origin for message in batch.messages if message.withheld]
    given_up = ledger.fetches.last(withheld) if withheld else set()
    return dict.fromkeys(origin for origin in withheld if origin not in given_up)


def _are_new(items: Sequence[Item], ledger: Ledger) -> list[bool]:
    """Which of ``items`` have to be parsed; what the ledger knows is not parsed again."""
    known = ledger.known([item.fingerprint for item in items])
    return [item.parsed is None and item.fingerprint not in known for item in items]
