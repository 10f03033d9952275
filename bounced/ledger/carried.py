"""Has a restored file forget what the database in its place knows as erased, and refuse it.

1. Only the restored file is written, which nobody else knows yet. Whoever is killed in between restores once more.
2. A file of which nothing is to be erased, and that knows all of it, stays as it is, octet by octet.
3. A file of an older schema has to be brought up to date to be erased from.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bounced.errors import LedgerError
from bounced.ledger import backup, database, erasures, reading
from bounced.ledger.erasures import Erasures
from bounced.ledger.ledger import Ledger
from bounced.policy import Policy


@dataclass(frozen=True, slots=True)
class Carried:
    """How many addresses were erased from the restored file.

    ``is_complete`` is False where not all that was erased since the copy is known; ``news`` is what else the file has
    become, for people.
    """

    addresses: int = 0
    is_complete: bool = True
    news: tuple[str, ...] = ()


def carry_over(before: Path, restored: Path, policy: Policy, clock: Callable[[], datetime]) -> Carried:
    """Erases from ``restored`` what ``before`` knows as erased, and adds its entries. Raises LedgerError."""
    present, is_complete = _present(before)
    with closing(reading.opened(str(restored))) as db, reading.errors(str(restored)):
        earlier = erasures.known(db)
        entries, new = present.unwanted(earlier), present.since(earlier)
        addresses = erasures.addresses(db, entries, present.hash_keys, policy.delimiters) if entries else []
    if not addresses and not new.decisions:
        return Carried(0, is_complete)
    return Carried(len(addresses), is_complete, _erase(restored, addresses, new, policy, clock))


def _present(before: Path) -> tuple[Erasures, bool]:
    """What is known as erased, as far as it can be read, and whether that is all of it."""
    try:
        with closing(reading.opened(str(before))) as db, reading.errors(str(before)):
            known = erasures.known(db)
    except LedgerError:
        return Erasures(), False
    return known, not backup.damage(before)


def _erase(
    restored: Path, addresses: list[str], new: Erasures, policy: Policy, clock: Callable[[], datetime]
) -> tuple[str, ...]:
    """Returns what else has changed, for people."""
    with Ledger(str(restored), policy, clock=clock) as ledger:
        ledger.erasure.take_over(addresses, policy.delimiters, new)
        ledger.erasure.rewrite()
        news = ledger.news, ledger.followed_since_opened.text() if ledger.followed_since_opened else ""
    if any(Path(f"{restored}{suffix}").exists() for suffix in database.BESIDE):
        raise LedgerError(f"{restored}: is in use by another program")
    with restored.open("rb") as file:
        os.fsync(file.fileno())
    return tuple(filter(None, news))
