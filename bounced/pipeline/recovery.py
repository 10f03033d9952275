"""Handles what an earlier run left: messages to settle, withheld, deferred or late ones, and restored servers."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Iterable, Mapping

from bounced.ledger.ledger import Ledger
from bounced.model import Batch, Intake, Origin
from bounced.pipeline.drain import Observer, Unsettled, settle_with, take
from bounced.pipeline.items import fingerprints_of
from bounced.sources import Folder
from bounced.workers import Workers

log = logging.getLogger("bounced.pipeline")


def look_back(mailbox: Folder, ledger: Ledger) -> None:
    """Resets the cursor of a folder when the newest message that was examined is another one now.

    Call before ``drain``: a server that was restored from a backup, or that assigns the highest existing UID + 1, gives
    UIDs out for the second time, and they may be past the cursor before the next poll. Raises MailboxError or
    LedgerError.
    """
    cursor = ledger.folders.cursor(mailbox.name)
    if not cursor or not mailbox.may_have_reused(cursor):
        return
    for batch in mailbox.only(mailbox.overlap(cursor)[-1:]):
        fetched = [message for message in batch.messages if not message.withheld]
        fingerprints = fingerprints_of(fetched, ledger)
        if any(
            ledger.folders.replaced(message.origin, fingerprint)
            for message, fingerprint in zip(fetched, fingerprints, strict=True)
        ):
            log.warning("%s: UIDs were assigned to other messages; reading the folder from its beginning", mailbox.name)
            ledger.take([], dataclasses.replace(cursor, uid=0))


def catch_up(mailbox: Folder, ledger: Ledger, workers: Workers, observe: Observer, *, settle: bool = True) -> None:
    """Fetches withheld and deferred messages again, and settles those that an earlier run took and could not settle.

    The latter unless told not to. Each message is fetched again first: a server that was restored may have given its
    UID to another one, which is taken like any other. Raises MailboxError, LedgerError or Stopped, and Unsettled when
    some can't be settled; those that go to another folder still are.
    """
    withheld = mailbox.only(ledger.fetches.due(mailbox.name), withheld=True)
    _again(withheld, mailbox, ledger, workers, observe, {}, settle=settle)
    deferred = mailbox.only(ledger.deferrals.due(mailbox.name))
    _again(deferred, mailbox, ledger, workers, observe, {}, settle=settle)
    unsettled: Unsettled | None = None
    for left in _by_destination(ledger.folders.unsettled(mailbox.name)) if settle else ():
        try:
            _again(mailbox.only(list(left)), mailbox, ledger, workers, observe, left)
        except Unsettled as error:
            unsettled = error
    if unsettled:
        raise unsettled


def reconcile(mailbox: Folder, ledger: Ledger, workers: Workers, observe: Observer) -> None:
    """Takes messages that appeared below the cursor after it had passed, and catches up. Raises as ``catch_up``."""
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
    """Takes these messages; those that the ledger has already are only settled, with their outcomes in ``left``."""
    for batch in batches:
        for receipt in take(batch, ledger, workers, may_defer=True):
            if any(item.parsed for item in receipt.items):
                observe(receipt.items, receipt)
            if settle:
                settle_with(mailbox, ledger, receipt.intakes, [_as_left(intake, left) for intake in receipt.intakes])


def _by_destination(left: Iterable[Intake]) -> Iterable[dict[Origin, Intake]]:
    """Groups by the folder that messages go to: one that can't be settled holds up no other group."""
    groups: dict[tuple[str, bool], dict[Origin, Intake]] = {}
    for intake in left:
        groups.setdefault((intake.outcome, intake.recognized), {})[intake.origin] = intake
    return groups.values()


def _as_left(intake: Intake, left: Mapping[Origin, Intake]) -> Intake:
    if intake.outcome != "repeated" or intake.origin not in left:
        return intake
    return dataclasses.replace(intake, outcome=left[intake.origin].outcome)
