"""What the ledger knows of each folder: how far it was read, what is left to be settled, how the polls went."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from bounced import times
from bounced.ledger import attempts, retention, uids
from bounced.ledger.transactions import Transactions
from bounced.model import Cursor, Intake, Origin


class Folders:
    """Every method raises LedgerError when the file can't be used."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def cursor(self, mailbox: str) -> Cursor | None:
        """How far ``mailbox`` was read, ``None`` when it never was."""
        with self._transactions.reading():
            return uids.cursor(self._transactions.db, mailbox)

    def settled(self, intakes: Sequence[Intake]) -> None:
        """Notes that the mailbox has moved, flagged or left these messages; outside IMAP there is nothing to note."""
        if any(intake.origin.uid for intake in intakes):
            with self._transactions.writing():
                uids.settle(self._transactions.db, intakes)

    def unsettled(self, mailbox: str) -> list[Intake]:
        """What was taken from ``mailbox`` and not settled, because of a crash or a lost connection.

        What it did not give out when it was asked again is among the ``withheld``.
        """
        with self._transactions.reading():
            found = uids.unsettled(self._transactions.db, mailbox)
            pending = attempts.pending(self._transactions.db, [intake.origin for intake in found])
            return [intake for intake in found if intake.origin not in pending]

    def unseen(self, origins: Sequence[Origin]) -> list[Origin]:
        """Those of ``origins`` that nobody has examined and that were not withheld."""
        with self._transactions.reading():
            found = uids.unseen(self._transactions.db, origins)
            pending = attempts.pending(self._transactions.db, found)
            return [origin for origin in found if origin not in pending]

    def replaced(self, origin: Origin, fingerprint: str) -> bool:
        """True when a UID that is that message's now was another one's when it was examined, or had gone."""
        with self._transactions.reading():
            return uids.replaced(self._transactions.db, origin, fingerprint)

    def withheld(self, mailbox: str) -> list[Origin]:
        """The messages that ``mailbox`` did not give out and that it is time to ask for again."""
        with self._transactions.reading():
            return attempts.due(self._transactions.db, mailbox, self._transactions.clock())

    def exhausted(self, origins: Sequence[Origin]) -> set[Origin]:
        """Those of ``origins`` that were refused so often that one more time is the last."""
        with self._transactions.reading():
            return attempts.exhausted(self._transactions.db, origins, self._transactions.clock())

    def outliving(self, origins: Sequence[Origin], retain: timedelta) -> list[Origin]:
        """Those of ``origins`` that may have been recorded longer than ``retain`` ago and wait for nobody.

        Of most of the others it is known that they have not, or do; of what nobody has examined nothing is.
        """
        before = self._transactions.before(retain)
        with self._transactions.reading():
            return [origin for origin in origins if not retention.staying(self._transactions.db, origin, before)]

    def begun(self, mailbox: str) -> None:
        """Notes that ``mailbox`` is polled, where no poll of it has ended: the first one may last for minutes."""
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
    ) -> None:
        """Notes that a poll of ``mailbox`` went through, or what stopped it, and the highest UID known (0: none).

        A ``problem`` that is not ``failing`` is a remark on a poll that went through.
        """
        now = self._transactions.now()
        failed = bool(problem) and failing
        with self._transactions.writing():
            uids.polled(self._transactions.db, mailbox, now, last_uid, problem, times.iso_or_none(next_try), failed)
