"""Takes batches so that no message holds the others up, and none takes the daemon down again and again.

1. Each message has its turn (bounced.pipeline.turns), those after which processes died alone: what is parsed alone is
   taken immediately.
2. What was parsed within PATIENCE seconds is taken then, and does not wait for the slow messages of its batch.
3. The cursor moves with the last messages of a batch, when those that are read later are noted.
4. While a batch is taken and settled the workers have the next ones, and while these are fetched they have this one.
   Only the ledger knows what was taken: a batch that is ahead when the process dies was never seen. A batch whose
   messages are parsed alone has none ahead of it, since it may take the daemon down; nor has one from a pipe, which may
   have to be waited for.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from itertools import chain

from bounced.errors import MailboxError
from bounced.ledger.deferrals import Deferral
from bounced.ledger.ledger import Ledger, Receipt
from bounced.model import Batch, Intake, Item, Origin, RawMessage
from bounced.pipeline.items import items_of
from bounced.pipeline.turns import Turns
from bounced.sources import Mailbox, Measured
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
    tenant: str = "",
) -> None:
    """Takes the messages in ``mailbox`` that ``wanted`` accepts, and settles them unless told not to.

    With ``resume`` these are the ones behind the ledger's cursor, which advances; without, all of them, and the cursor
    stays where it is. With ``tenant`` it is that tenant's mailbox. Raises MailboxError, LedgerError or Stopped; what
    the observer was called with is in the ledger then. A mailbox that can't be settled is still read to its end; raises
    Unsettled then.
    """
    unsettled: Unsettled | None = None
    chosen = _chosen(mailbox.batches(ledger.folders.cursor(mailbox.name) if resume else None), wanted, resume)
    chosen = _of_tenant(chosen, tenant) if tenant else chosen
    each = (Taking(batch, ledger, workers, may_defer=resume) for batch in chosen)
    with closing(_ahead(each, workers.batches_ahead) if isinstance(mailbox, Measured) else each) as takings:
        for receipt in chain.from_iterable(map(Taking.receipts, takings)):
            observe(receipt.items, receipt)
            if settle:
                try:
                    settle_with(mailbox, ledger, receipt.intakes, receipt.intakes)
                except Unsettled as error:
                    unsettled = error
    if unsettled:
        raise unsettled


def _chosen(batches: Iterable[Batch], wanted: Callable[[RawMessage], bool], resume: bool) -> Iterator[Batch]:
    """``batches`` with the messages that are ``wanted``, and with a cursor only if it is to advance."""
    for batch in batches:
        yield Batch(tuple(filter(wanted, batch.messages)), batch.cursor if resume else None, batch.vanished)


def _of_tenant(batches: Iterable[Batch], tenant: str) -> Iterator[Batch]:
    for batch in batches:
        yield replace(batch, messages=tuple(replace(message, tenant=tenant) for message in batch.messages))


def _ahead(takings: Iterable[Taking], number: int) -> Generator[Taking]:
    """Each of ``takings`` when the next ``number`` were read and begun; those before an error come before the error."""
    held: deque[Taking] = deque()
    error: MailboxError | None = None
    try:
        try:
            for taking in takings:
                if not any(before.turns.alone for before in held):
                    taking.turns.begin()
                held.append(taking)
                if len(held) > number:
                    yield held.popleft()
        except MailboxError as problem:
            error = problem
        while held:
            yield held.popleft()
        if error:
            raise error
    finally:
        for taking in held:
            taking.turns.close()


def settle_with(mailbox: Mailbox, ledger: Ledger, taken: Sequence[Intake], wished: Sequence[Intake]) -> None:
    """Settles ``taken`` in the mailbox as ``wished``, and notes in the ledger that it did."""
    try:
        mailbox.settle(wished, ledger.folders)
    except MailboxError as error:
        raise Unsettled(str(error)) from error
    ledger.folders.settled(taken)


def take(batch: Batch, ledger: Ledger, workers: Workers, *, may_defer: bool) -> Iterator[Receipt]:
    """Takes a batch into the ledger, see Taking."""
    return Taking(batch, ledger, workers, may_defer=may_defer).receipts()


class Taking:
    """A batch on its way into the ledger, except messages that were withheld and are to be fetched again.

    With ``may_defer`` neither those that are read later; both are noted with the cursor.
    """

    def __init__(self, batch: Batch, ledger: Ledger, workers: Workers, *, may_defer: bool) -> None:
        if not workers.keys.recalled:
            workers.keys.recall(ledger.known_keys.load())
        self._batch, self._ledger, self._workers = batch, ledger, workers
        self._withheld = _withheld(batch, ledger)
        messages = [message for message in batch.messages if message.origin not in self._withheld]
        new, self._ready = _parted(items_of(messages, ledger), ledger)
        self.turns = Turns(new, ledger, workers, may_defer=may_defer)

    def receipts(self) -> Iterator[Receipt]:
        """Takes the batch in parts."""
        part: list[Item] = []
        since = time.monotonic()
        for item in self.turns.parsed():
            part.append(item)
            if self.turns.left and (self.turns.alone or time.monotonic() - since > PATIENCE):
                yield from _taken(part, self._ledger, Batch(()))
                part, since = [], time.monotonic()
        items = [*part, *self._ready]
        yield from _taken(items, self._ledger, self._batch, tuple(self._withheld), self.turns.deferred)
        if news := self._workers.keys.news():
            self._ledger.known_keys.keep(news)


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


def _parted(items: Sequence[Item], ledger: Ledger) -> tuple[list[Item], list[Item]]:
    """Those of ``items`` that have to be parsed, and the others; what the ledger knows is not parsed again."""
    known = ledger.known([item.fingerprint for item in items])
    new: list[Item] = []
    ready: list[Item] = []
    for item in items:
        if item.fingerprint in known:
            ready.append(replace(item, parsed=None) if item.parsed else item)
        else:
            (ready if item.parsed else new).append(item)
    return new, ready
