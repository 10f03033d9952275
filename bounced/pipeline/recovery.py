"""What an earlier run left: mails to settle, withheld or late ones, and servers restored from a backup."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping

from bounced.ledger.ledger import Ledger
from bounced.model import Batch, Intake, Origin
from bounced.pipeline.drain import Observer, Unsettled, settle_with, take
from bounced.pipeline.items import fingerprints_of
from bounced.sources import Folder
from bounced.workers import Workers


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
        fingerprints = fingerprints_of(there, ledger)
        if any(
            ledger.folders.replaced(message.origin, fingerprint)
            for message, fingerprint in zip(there, fingerprints, strict=True)
        ):
            ledger.take([], dataclasses.replace(cursor, uid=0))


def catch_up(mailbox: Folder, ledger: Ledger, workers: Workers, observe: Observer, *, settle: bool = True) -> None:
    """Asks again for what the server did not give out, and settles what an earlier run took and could not settle.

    The latter unless told not to. Each message is read again before: a server that was restored may have given its UID
    to another one, which is taken like any other. Raises MailboxError, LedgerError or Stopped, and Unsettled when some
    can't be settled; those that go elsewhere are all the same.
    """
    withheld = mailbox.only(ledger.fetches.due(mailbox.name), suspect=True)
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
        for receipt in take(batch, ledger, workers):
            if any(item.parsed for item in receipt.items):
                observe(receipt.items, receipt)
            if settle:
                settle_with(mailbox, ledger, receipt.intakes, [_as_left(intake, left) for intake in receipt.intakes])


def _by_destination(left: Iterable[Intake]) -> Iterable[dict[Origin, Intake]]:
    """These in groups that go to one folder each: what can't be settled holds up only what goes to the same one."""
    groups: dict[tuple[str, bool], dict[Origin, Intake]] = {}
    for intake in left:
        groups.setdefault((intake.outcome, intake.recognized), {})[intake.origin] = intake
    return groups.values()


def _as_left(intake: Intake, left: Mapping[Origin, Intake]) -> Intake:
    if intake.outcome != "repeated" or intake.origin not in left:
        return intake
    return dataclasses.replace(intake, outcome=left[intake.origin].outcome)
