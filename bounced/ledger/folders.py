"""What the ledger knows of each folder: how far it was read, what is left to be settled, how the polls went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from bounced import times
from bounced.ledger import retention, uids
from bounced.ledger.attempts import Fetches
from bounced.ledger.deferrals import Deferrals
from bounced.ledger.transactions import Transactions
from bounced.model import CopyTarget, Cursor, Intake, Origin


class Folders:
    """Every method raises LedgerError when the file can't be used."""

    def __init__(self, transactions: Transactions, fetches: Fetches, deferrals: Deferrals) -> None:
        self._transactions = transactions
        self._fetches = fetches
        self._deferrals = deferrals

    def cursor(self, mailbox: str) -> Cursor | None:
        """How far ``mailbox`` was read, ``None`` when it never was."""
        with self._transactions.reading():
            return uids.cursor(self._transactions.db, mailbox)

    def settled(self, intakes: Sequence[Intake]) -> None:
        """Notes that the mailbox moved, flagged or left these messages; outside IMAP there is nothing to note."""
        if any(intake.origin.uid for intake in intakes):
            with self._transactions.writing():
                uids.settle(self._transactions.db, intakes)

    def copied(self, origins: Sequence[Origin]) -> set[Origin]:
        """The messages at ``origins`` that were copied to where they go, and are not settled."""
        with self._transactions.reading():
            return uids.copied(self._transactions.db, origins)

    def note_copied(self, origins: Sequence[Origin]) -> None:
        """Notes that these messages were copied, before anything else is done with them."""
        with self._transactions.writing():
            uids.note_copied(self._transactions.db, origins)

    def copying(self, origins: Sequence[Origin]) -> Mapping[Origin, CopyTarget]:
        """The messages at ``origins`` whose copy was begun, and nothing is known of its end."""
        with self._transactions.reading():
            return uids.copying(self._transactions.db, origins)

    def note_copying(self, origins: Sequence[Origin], target: CopyTarget) -> None:
        """Notes that these messages are about to be copied, before the server is told."""
        with self._transactions.writing():
            uids.note_copying(self._transactions.db, origins, target)

    def unsettled(self, mailbox: str) -> list[Intake]:
        """The messages taken from ``mailbox`` and not settled, because of a crash or a lost connection.

        Those that were withheld when they were fetched again are among ``Fetches.due`` instead.
        """
        with self._transactions.reading():
            unsettled = uids.unsettled(self._transactions.db, mailbox)
            withheld = self._fetches.withheld(intake.origin for intake in unsettled)
            return [intake for intake in unsettled if intake.origin not in withheld]

    def unseen(self, origins: Sequence[Origin]) -> list[Origin]:
        """The messages at ``origins`` that were neither examined nor withheld nor put off."""
        with self._transactions.reading():
            unseen = uids.unseen(self._transactions.db, origins)
            known = self._fetches.withheld(unseen) | self._deferrals.waiting(unseen)
            return [origin for origin in unseen if origin not in known]

    def replaced(self, origin: Origin, fingerprint: str) -> bool:
        """True when a UID that is that message's now was another one's when it was examined, or was deleted."""
        with self._transactions.reading():
            return uids.replaced(self._transactions.db, origin, fingerprint)

    def removable(self, origins: Sequence[Origin], retain: timedelta) -> list[Origin]:
        """The messages at ``origins``, except those known to be unrecognized, too young or held.

        Nothing is known of messages that were never examined.
        """
        before = self._transactions.before(retain)
        with self._transactions.reading():
            return [origin for origin in origins if not retention.is_retained(self._transactions.db, origin, before)]

    def begun(self, mailbox: str) -> None:
        """Notes that ``mailbox`` is polled, if no poll of it has ended: the first one may last for minutes."""
        with self._transactions.writing():
            uids.begun(self._transactions.db, mailbox, self._transactions.now())

    def polled(
        self,
        mailbox: str,
        last_uid: int,
        problem: str = "",
        next_try: datetime | None = None,
        *,
        failing: bool = True,
        login_refused: bool = False,
    ) -> None:
        """Notes that a poll of ``mailbox`` succeeded, or the problem, and the highest UID known (0: none).

        A ``problem`` that is not ``failing`` is a remark on a poll that succeeded.
        """
        now = self._transactions.now()
        failed = bool(problem) and failing
        with self._transactions.writing():
            result = uids.PollResult(problem, times.iso_or_none(next_try), failed, login_refused)
            uids.polled(self._transactions.db, mailbox, now, last_uid, result)
