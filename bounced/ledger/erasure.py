"""Erases an address from the file: the facts about it, and wherever else it is written.

1. What is about the address is deleted, of every tenant, and so is what only these facts referred to; what is about
   others stays, without the address.
2. Of each suppression in force its scope and its date are kept, as a decision about an entry that nobody can read the
   address from (bounced.ledger.erased); unless nothing is to be kept.
3. Numbers of others stay: rates, counts of failures, totals. Messages stay, without words, so that they count once.
4. All of that is one transaction. After it the file has to be written anew (``rewrite``): until then freed pages and
   the -wal file may hold what was deleted. Whoever was killed in between erases once more, which does no harm.
"""

from __future__ import annotations

import json
import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from sqlite_utils import Database

from bounced.address import by_tenant, of_tenant
from bounced.errors import LedgerError
from bounced.ledger import erased, erased_rows, failure_counts, scrubbing
from bounced.ledger.erased import KEY_NAME, KEY_OCTETS
from bounced.ledger.erasures import COLUMNS, Erasures
from bounced.ledger.named_messages import NamedMessage, named_messages
from bounced.ledger.spellings import Spellings
from bounced.ledger.suppressions import Folded
from bounced.ledger.transactions import Transactions
from bounced.policy import Policy

#: Triggers that keep facts as they are, and one that would change the rates of campaigns.
GUARDS = """
SELECT name, sql FROM sqlite_master WHERE type = 'trigger'
AND (sql LIKE '%RAISE(ABORT%' OR name = 'latest_outcomes_are_removed')
"""

#: What is in force.
STANDING = """
SELECT address, scope, min(since) FROM suppressions
WHERE address IN (SELECT value FROM json_each(?)) AND (until IS NULL OR until > ?) GROUP BY address, scope
"""

KEEP = """
INSERT INTO decisions (decided_at, address, what, scope, why, cause, origin, recorded_at)
VALUES (?, ?, 'suppress', ?, '', 'manual', ?, ?)
"""
ADD = f"INSERT INTO decisions ({', '.join(COLUMNS)}) VALUES ({', '.join(f':{name}' for name in COLUMNS)})"  # noqa: S608
KEPT = "SELECT DISTINCT address FROM decisions WHERE origin = ?"

#: Whoever exports learns by this that something has changed.
COUNT = "INSERT INTO meta (name, value) VALUES ('erasures', 1) ON CONFLICT DO UPDATE SET value = value + 1"


@dataclass(frozen=True, slots=True)
class Erased:
    """How many rows of each table were deleted, and how many about others named the address.

    ``kept`` is how many suppressions stay, and ``messages`` are those that named the address.
    """

    rows: dict[str, int]
    texts: int
    kept: int
    messages: tuple[NamedMessage, ...] = ()


class Erasure:
    """``judge`` judges addresses in a transaction, and ``judge_rest`` in others those for which it had no time.

    ``forget`` is for ids of rows that are deleted. Every method raises LedgerError when the file can't be used.
    """

    def __init__(
        self,
        transactions: Transactions,
        judge: Callable[[Iterable[str]], Folded],
        judge_rest: Callable[[], Folded],
        forget: Callable[[], None],
        policy: Callable[[], Policy],
    ) -> None:
        self._transactions, self._judge, self._judge_rest, self._forget = transactions, judge, judge_rest, forget
        self._policy = policy

    def messages(self, address: str, delimiters: str) -> list[NamedMessage]:
        """The messages that name ``address``, a key, or one of its sub-addresses by ``delimiters``."""
        with self._transactions.reading():
            addresses = erased_rows.addresses(self._transactions.db, address, delimiters)
            return named_messages(self._transactions.db, addresses, Spellings(address, delimiters))

    def erase(self, address: str, delimiters: str, *, entirely: bool = False) -> Erased:
        """Erases ``address``, a key, and its sub-addresses by ``delimiters``; ``entirely`` keeps nothing."""
        now = self._transactions.now()
        with self._transactions.writing():
            db = self._transactions.db
            addresses = erased_rows.addresses(db, address, delimiters)
            spellings = Spellings(address, delimiters)
            messages = named_messages(db, addresses, spellings)
            standing = [] if entirely else db.execute(STANDING, [json.dumps(addresses), now]).fetchall()
            with _unguarded(db):
                if entirely:
                    _delete_entries(db, {address, *addresses})
                rows, texts = _delete(db, addresses, spellings, self._policy())
            db.execute(COUNT)
            self._judge(_keep(db, standing, now))
        self._forget()
        self._judge_rest()
        return Erased(dict(rows), texts, len(standing), tuple(messages))

    def take_over(self, addresses: Iterable[str], delimiters: str, others: Erasures) -> None:
        """Erases ``addresses``, keys, and keeps nothing of them but what another file knows of ``others``."""
        with self._transactions.writing():
            db = self._transactions.db
            with _unguarded(db):
                for address in addresses:
                    _delete(
                        db,
                        erased_rows.addresses(db, address, delimiters),
                        Spellings(address, delimiters),
                        self._policy(),
                    )
            _add_keys(db, others.hash_keys if others.decisions else ())
            db.conn.executemany(ADD, others.decisions)
            db.execute(COUNT)
            self._judge(sorted({row["address"] for row in others.decisions}))
        self._forget()
        self._judge_rest()

    def rewrite(self) -> None:
        """Writes the file anew, without what was deleted, and empties its -wal file."""
        with self._transactions.reading():
            self._transactions.db.execute("VACUUM")
            [busy, *_] = self._transactions.db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            problem = "the -wal file still holds what was erased, since another program reads: run it again"
            raise LedgerError(problem, passing=True)


@contextmanager
def _unguarded(db: Database) -> Iterator[None]:
    """Lets facts be changed in this transaction."""
    db.execute("PRAGMA defer_foreign_keys = ON")  # until COMMIT
    guards = db.execute(GUARDS).fetchall()
    for name, _ in guards:
        db.execute(f"DROP TRIGGER {name}")
    yield
    for _, sql in guards:
        db.execute(sql)


def _delete(db: Database, addresses: Sequence[str], spellings: Spellings, rule: Policy) -> tuple[Counter[str], int]:
    """Deletes what is about ``addresses``; returns rows of each table, and how many about others named them."""
    failure_counts.note_erased(db, addresses, rule)
    rows = erased_rows.delete(db, addresses)
    erased_rows.sweep(db)
    return rows, scrubbing.scrub(db, spellings)


def _add_keys(db: Database, hash_keys: Iterable[bytes]) -> None:
    keys = dict.fromkeys((*erased.hash_keys(db.conn), *hash_keys))
    if keys:
        db.execute("REPLACE INTO meta (name, value) VALUES (?, ?)", [KEY_NAME, " ".join(key.hex() for key in keys)])


def _keep(db: Database, standing: Sequence[tuple[str, str, str]], now: str) -> list[str]:
    """Keeps suppressions, each of an address, with its scope and since when; returns the entries of the addresses."""
    if standing and not erased.hash_keys(db.conn):
        _add_keys(db, [secrets.token_bytes(KEY_OCTETS)])
    keys = erased.hash_keys(db.conn)[:1]
    providers = erased.providers(db.conn)
    rows = [
        (since, entry, scope, erased.ORIGIN, now)
        for address, scope, since in standing
        for entry in erased.entries(address, keys, providers)
    ]
    db.conn.executemany(KEEP, rows)
    return sorted({entry for _, entry, *_ in rows})


def _delete_entries(db: Database, addresses: set[str]) -> None:
    """Deletes what earlier erasures have kept of ``addresses``, for any tenant."""
    if keys := erased.hash_keys(db.conn):
        tenants = {by_tenant(entry)[0] for (entry,) in db.execute(KEPT, [erased.ORIGIN])}
        named = {of_tenant(tenant, by_tenant(address)[1]) for tenant in tenants for address in addresses}
        providers = erased.providers(db.conn)
        entries = [entry for address in sorted(named | addresses) for entry in erased.entries(address, keys, providers)]
        for table in ("suppression_rows", "decisions", "states", "unjudged"):
            erased_rows.delete_from(db, table, "address", entries)
