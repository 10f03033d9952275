"""Keeps, in the table ``trials``, how often something was tried that has not ended well yet, by two kinds of keys.

``Crashes``: the fingerprints of messages that the daemon began to parse. ``Fetches``: the UIDs of messages that the
server withheld: it lists them and returns no body.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime, timedelta

from bounced import times
from bounced.ledger.transactions import Transactions
from bounced.model import Origin

#: How often a message may be withheld; it is unreadable from then on.
FETCHES_ALLOWED = 6

NOTE = """
INSERT INTO trials (what, tries, noted_at) VALUES (?, 1, ?)
ON CONFLICT (what) DO UPDATE SET tries = tries + 1, noted_at = excluded.noted_at
"""

NOTED = "SELECT tries, noted_at FROM trials WHERE what = ?"

ALL_NOTED = "SELECT what, tries FROM trials WHERE what IN (SELECT value FROM json_each(?))"

ARE_NOTED = "SELECT 1 FROM trials LIMIT 1"

FORGET = "DELETE FROM trials WHERE what IN (SELECT value FROM json_each(?))"

WITHDRAW = "UPDATE trials SET tries = tries - 1 WHERE what IN (SELECT value FROM json_each(?))"

FORGET_WITHDRAWN = "DELETE FROM trials WHERE tries = 0"

FORGET_CRASHES = "DELETE FROM trials WHERE noted_at < ? AND what NOT LIKE 'withheld %'"

OF_MAILBOX = "SELECT what, tries, noted_at FROM trials WHERE what >= ? AND what < ? ORDER BY what"


class Crashes:
    """Messages over which processes died. Methods raise LedgerError when the file can't be used.

    A life of this process counts once, however often it tries: a disk that is full for hours is no message's fault.
    """

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions
        self._ours: set[str] = set()  # noted by this process

    def count(self, fingerprint: str) -> int:
        """How many processes died while they parsed that message, or messages that were parsed with it."""
        return self._counts([fingerprint]).get(fingerprint, 0)

    def among(self, fingerprints: Iterable[str]) -> bool:
        """True when processes died while they parsed one of those messages, or messages that were parsed with it."""
        return any(self._counts(fingerprints).values())

    def _counts(self, fingerprints: Iterable[str]) -> dict[str, int]:
        with self._transactions.reading():
            rows = self._transactions.db.execute(ALL_NOTED, [json.dumps(list(fingerprints))]).fetchall()
        return {fingerprint: tries - (fingerprint in self._ours) for fingerprint, tries in rows}

    def note(self, fingerprint: str) -> None:
        """Notes that this process is about to parse that message; ``Ledger.take`` removes the note."""
        with self._transactions.writing():
            if fingerprint not in self._ours:
                self._transactions.db.execute(NOTE, [fingerprint, self._transactions.now()])
        self._ours.add(fingerprint)

    def withdraw(self, fingerprints: Iterable[str]) -> None:
        """Takes back the notes of this process on messages that were not parsed, for a reason that is not theirs."""
        ours = json.dumps(sorted(self._ours.intersection(fingerprints)))
        with self._transactions.writing():
            self._transactions.db.execute(WITHDRAW, [ours])
            self._transactions.db.execute(FORGET_WITHDRAWN)
        self._ours.difference_update(fingerprints)

    def forget(self, fingerprints: Iterable[str]) -> None:
        """Removes the notes on messages that are being taken. Call inside a transaction."""
        if _are_noted(self._transactions):
            self._transactions.db.execute(FORGET, [json.dumps(list(fingerprints))])

    def forgotten(self, fingerprints: Iterable[str]) -> None:
        """Call after commit."""
        self._ours.difference_update(fingerprints)

    def forget_older(self, than: str) -> None:
        """Removes notes on messages that never came again. Call inside a transaction."""
        self._transactions.db.execute(FORGET_CRASHES, [than])


class Fetches:
    """Messages that were withheld. Methods raise LedgerError when the file can't be used."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def due(self, mailbox: str) -> list[Origin]:
        """The messages that ``mailbox`` withheld and that it is time to fetch again."""
        now = self._transactions.clock()
        with self._transactions.reading():
            rows = self._transactions.db.execute(OF_MAILBOX, _key_range(mailbox)).fetchall()
        origins = [_origin(key) for key, tries, noted_at in rows if _is_due(tries, noted_at, now)]
        return [origin for origin in origins if origin.mailbox == mailbox]

    def withheld(self, origins: Iterable[Origin]) -> set[Origin]:
        """The messages at ``origins`` that were withheld and are to be fetched again."""
        with self._transactions.reading():
            return {origin for origin in origins if self._noted(origin)}

    def last(self, origins: Iterable[Origin]) -> set[Origin]:
        """The messages at ``origins`` that are not fetched again when they are withheld this time."""
        now = self._transactions.clock()
        with self._transactions.reading():
            noted = {origin: self._noted(origin) for origin in origins}
        return {origin for origin, row in noted.items() if row and row[0] + 1 >= FETCHES_ALLOWED and _is_due(*row, now)}

    def note(self, origins: Iterable[Origin]) -> None:
        """Notes that each was withheld, unless it was fetched before it was time. Call inside a transaction."""
        now = self._transactions.clock()
        for origin in origins:
            row = self._noted(origin)
            if not row or _is_due(*row, now):
                self._transactions.db.execute(NOTE, [_key(origin), times.iso(now)])

    def forget(self, origins: Iterable[Origin]) -> None:
        """Removes the notes on messages that were fetched, deleted or given up. Call inside a transaction."""
        if _are_noted(self._transactions):
            self._transactions.db.execute(FORGET, [json.dumps([_key(origin) for origin in origins])])

    def _noted(self, origin: Origin) -> tuple[int, str] | None:
        """How often that message was withheld, and when for the last time."""
        row = self._transactions.db.execute(NOTED, [_key(origin)]).fetchone()
        return (row[0], row[1]) if row else None


def _are_noted(transactions: Transactions) -> bool:
    """True when anything is noted, which is rare."""
    return transactions.db.conn.execute(ARE_NOTED).fetchone() is not None


def _is_due(tries: int, noted_at: str, now: datetime) -> bool:
    return now - times.parse(noted_at) >= timedelta(minutes=2**tries)


def _key(origin: Origin) -> str:
    return f"withheld {origin.mailbox} {origin.uidvalidity} {origin.uid}"


def _key_range(mailbox: str) -> tuple[str, str]:
    """Every key of ``mailbox`` is between these: a space ends its name in a key, and "!" is what follows a space."""
    return f"withheld {mailbox} ", f"withheld {mailbox}!"


def _origin(key: str) -> Origin:
    """The message that ``_key`` made ``key`` of."""
    kind_and_mailbox, uidvalidity, uid = key.rsplit(" ", 2)
    return Origin(kind_and_mailbox.removeprefix("withheld "), uid, int(uidvalidity), int(uid))
