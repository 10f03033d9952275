"""The path of one batch: understand (pure, in a worker), take (one transaction), settle.

A message belongs to the mailbox until ``Ledger.take`` has returned and to the ledger from then on; only then is the
mailbox told. A crash in between leaves messages that the ledger has and the mailbox still shows: ``catch_up`` tells it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial

from bounced import reading
from bounced.fingerprint import fingerprint, unfetched
from bounced.ledger import Ledger, Receipt
from bounced.model import Batch, Folder, Intake, Item, Mailbox, MailboxError, Origin, RawMessage, Reading, Shelf
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
        for receipt in _take(chosen, ledger, workers):
            observe(receipt.items, receipt)
            if settle:
                try:
                    _settle(mailbox, ledger, receipt.intakes, receipt.intakes)
                except Unsettled as error:
                    unsettled = error
    if unsettled:
        raise unsettled


def look_back(mailbox: Folder, ledger: Ledger) -> None:
    """Has the folder read from its beginning when the newest message that was examined is another one now.

    To be called before ``drain``: a server that was restored from a backup gives out UIDs for the second time, and they
    may be past the cursor before anybody looks. Raises MailboxError or LedgerError.
    """
    cursor = ledger.folders.cursor(mailbox.name)
    if not cursor or not mailbox.anew():
        return
    for batch in mailbox.only(mailbox.overlap(cursor)[-1:]):
        there = [message for message in batch.messages if not message.withheld]
        if any(ledger.folders.replaced(found.origin, _fingerprint(found)) for found in there):
            ledger.take([], dataclasses.replace(cursor, uid=0))


def catch_up(mailbox: Folder, ledger: Ledger, workers: Workers, observe: Observer, *, settle: bool = True) -> None:
    """Asks again for what the server did not give out, and settles what an earlier run took and could not settle.

    The latter unless told not to. Each message is read again before: a server that was restored may have given its UID
    to another one, which is taken like any other. Raises MailboxError, LedgerError or Stopped, and Unsettled when some
    can't be settled; those that go elsewhere are all the same.
    """
    withheld = mailbox.only(ledger.folders.withheld(mailbox.name), suspect=True)
    _again(withheld, mailbox, ledger, workers, observe, {}, settle=settle)
    unsettled: Unsettled | None = None
    for left in _by_destination(ledger.folders.unsettled(mailbox.name)) if settle else ():
        try:
            _again(mailbox.only(list(left)), mailbox, ledger, workers, observe, left)
        except Unsettled as error:
            unsettled = error
    if unsettled:
        raise unsettled


def reconcile(mailbox: Folder, ledger: Ledger, workers: Workers, observe: Observer) -> None:
    """Takes what appeared behind the cursor after it had passed, and settles what is left. Raises as ``catch_up``."""
    cursor = ledger.folders.cursor(mailbox.name)
    if cursor:
        late = ledger.folders.unseen(mailbox.overlap(cursor))
        _again(mailbox.only(late), mailbox, ledger, workers, observe, {})
    catch_up(mailbox, ledger, workers, observe)


def retain(shelf: Shelf, ledger: Ledger) -> Iterator[int]:
    """Removes what the ledger has had for longer than ``shelf`` retains it, and yields how many of each batch.

    What it does not know by its content, did not understand, or holds for a person stays, whoever put it there; what
    is known by its UID to be such a message is not fetched. Raises MailboxError or LedgerError.
    """
    try:
        for batch in shelf.old(partial(ledger.folders.outliving, retain=shelf.retain)):
            marks = {message.origin: _fingerprint(message) for message in batch.messages}
            outlived = ledger.outlived(marks.values(), shelf.retain)
            yield shelf.remove([origin for origin, mark in marks.items() if mark in outlived])
    finally:
        shelf.close()


def _again(
    batches: Iterable[Batch],
    mailbox: Folder,
    ledger: Ledger,
    workers: Workers,
    observe: Observer,
    left: Mapping[Origin, Intake],
    *,
    settle: bool = True,
) -> None:
    """Takes these messages; what the ledger has already is only settled, as it was to be in ``left``."""
    for batch in batches:
        for receipt in _take(batch, ledger, workers):
            if any(item.reading for item in receipt.items):
                observe(receipt.items, receipt)
            if settle:
                _settle(mailbox, ledger, receipt.intakes, [_as_left(intake, left) for intake in receipt.intakes])


def _settle(mailbox: Mailbox, ledger: Ledger, taken: Sequence[Intake], wished: Sequence[Intake]) -> None:
    """Has the mailbox told of ``taken`` as ``wished``, and the ledger that it was."""
    try:
        mailbox.settle(wished)
    except MailboxError as error:
        raise Unsettled(str(error)) from error
    ledger.folders.settled(taken)


def _by_destination(left: Iterable[Intake]) -> Iterable[dict[Origin, Intake]]:
    """These in groups that go to one folder each: what can't be settled holds up only what goes to the same one."""
    groups: dict[tuple[str, bool], dict[Origin, Intake]] = {}
    for intake in left:
        groups.setdefault((intake.outcome, intake.understood), {})[intake.origin] = intake
    return groups.values()


def _as_left(intake: Intake, left: Mapping[Origin, Intake]) -> Intake:
    if intake.outcome != "repeated" or intake.origin not in left:
        return intake
    return dataclasses.replace(intake, outcome=left[intake.origin].outcome)


def _take(batch: Batch, ledger: Ledger, workers: Workers) -> Iterator[Receipt]:
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
    marks = [_fingerprint(message) for message in messages]
    items = [Item(message, mark, _unfetched(message)) for message, mark in zip(messages, marks, strict=True)]
    return reading.parts(items, ledger.known(marks), ledger, workers)


def _unfetched(message: RawMessage) -> Reading | None:
    if message.withheld:
        return Reading("unreadable", problem="the server does not give it out")
    if message.too_large:
        return Reading("unreadable", problem=f"too large to fetch: {message.size} octets")
    return None


def _fingerprint(message: RawMessage) -> str:
    if _unfetched(message):
        origin = message.origin
        return unfetched(f"{origin.mailbox} {origin.uidvalidity} {origin.uid}", message.size)
    return fingerprint(message.content)
