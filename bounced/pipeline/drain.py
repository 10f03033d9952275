"""Takes batches so that no message holds the others up, and none takes the daemon down again and again.

1. Before a batch is parsed its first new message is noted as tried. The note goes with the transaction that takes the
   message: when it is found, the process that wrote it has died over that batch.
2. Then the messages are parsed one by one, each noted before and taken immediately. One that crashed as many processes
   as DAEMON_CRASHES_ALLOWED is unreadable. A worker is there before anything is noted, so that a kill from outside
   hardly ever falls into the millisecond that a message takes.
3. What was parsed within PATIENCE seconds is taken then, and does not wait for the slow messages of its batch.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import compress

from bounced.errors import MailboxError
from bounced.ledger.ledger import Ledger, Receipt
from bounced.model import Batch, Intake, Item, Origin, Parsed, RawMessage
from bounced.pipeline.items import items_of
from bounced.sources import Mailbox
from bounced.workers import Workers

#: Crashes of the daemon that are one message's fault. More than two, since people and power cuts kill, too.
DAEMON_CRASHES_ALLOWED = 3

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
    """Settles ``taken`` in the mailbox as ``wished``, and notes in the ledger that it did."""
    try:
        mailbox.settle(wished, ledger.folders)
    except MailboxError as error:
        raise Unsettled(str(error)) from error
    ledger.folders.settled(taken)


def take(batch: Batch, ledger: Ledger, workers: Workers) -> Iterator[Receipt]:
    """Takes a batch into the ledger in parts, except messages that were withheld and are to be fetched again."""
    withheld = _withheld(batch, ledger)
    items = items_of([message for message in batch.messages if message.origin not in withheld], ledger)
    are_new = _are_new(items, ledger)
    new = list(compress(items, are_new))
    alone = bool(new) and ledger.crashes.count(new[0].fingerprint) > 0
    parsed = _parsed(new, ledger, workers, alone=alone)
    part: list[Item] = []
    since = time.monotonic()
    for number, (item, is_new) in enumerate(zip(items, are_new, strict=True), start=1):
        part.append(replace(item, parsed=next(parsed)) if is_new else item)
        if number < len(items) and ((is_new and alone) or time.monotonic() - since > PATIENCE):
            yield from _taken(part, ledger, Batch(()))
            part, since = [], time.monotonic()
    yield from _taken(part, ledger, batch, tuple(withheld))


def _taken(items: Sequence[Item], ledger: Ledger, batch: Batch, withheld: Sequence[Origin] = ()) -> Iterator[Receipt]:
    """Takes ``items`` in short transactions, so that others can write in between; the last one concludes ``batch``."""
    while True:
        receipt = ledger.take(
            items, batch.cursor, vanished=batch.vanished, withheld=withheld, seconds=TRANSACTION_SECONDS
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


def _parsed(new: Sequence[Item], ledger: Ledger, workers: Workers, *, alone: bool) -> Iterator[Parsed]:
    """The results of parsing ``new``, together or each ``alone``, in order."""
    for group in [[item] for item in new] if alone else filter(None, [new]):
        first = group[0].fingerprint
        if alone and ledger.crashes.count(first) >= DAEMON_CRASHES_ALLOWED:
            yield Parsed("unreadable", problem=f"crashed the daemon {DAEMON_CRASHES_ALLOWED} times")
            continue
        if alone:
            workers.warm_up()
        ledger.crashes.note(first)
        yield from workers.parse([item.message for item in group])
