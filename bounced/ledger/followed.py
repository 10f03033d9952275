"""Judges everything by another policy: of a reload, an upgrade, or another program's configuration.

1. What that changes is counted, and told: nothing is suppressed silently.
2. If it would suppress more addresses at once than LIMIT and SHARE allow, nobody is suppressed by it: they are withheld
   until `bounced replay --apply`. Everything else goes on, and who is withheld stays so whatever else happens to him.

Call inside a transaction of the ledger.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from bounced import times
from bounced.ledger import compare, suppressions
from bounced.policy import Policy

#: Addresses that another policy may suppress at once, however few are suppressed.
LIMIT = 100

#: The same, as a share of those that are suppressed.
SHARE = 0.1

ARE_MANY = f"""
SELECT count(*) > :limit FROM (SELECT 1 FROM ({suppressions.KNOWN_ADDRESSES}) LIMIT :limit + 1)
"""  # noqa: S608

SUPPRESSED = "SELECT number FROM totals WHERE name = 'suppressed'"

WITHHOLD = "INSERT INTO withheld (address, since) VALUES (?, ?) ON CONFLICT DO NOTHING"


@dataclass(frozen=True, slots=True)
class Followed:
    """How many suppressions began and ended because of other numbers, and how many addresses were withheld."""

    suppressed: int = 0
    released: int = 0
    withheld: int = 0

    def __add__(self, other: Followed) -> Followed:
        return Followed(
            self.suppressed + other.suppressed, self.released + other.released, self.withheld + other.withheld
        )

    def __bool__(self) -> bool:
        return bool(self.suppressed or self.released or self.withheld)

    def text(self) -> str:
        """For people, on one line."""
        changed = f"judged by other numbers than before: {self.suppressed:,} more suppressed, {self.released:,} fewer"
        if not self.withheld:
            return changed
        many = f"{self.withheld:,} more would be suppressed, too many at once"
        return f"{changed}; {many}: `bounced replay` shows them, `bounced replay --apply` suppresses them"


NOTHING = Followed()


def follow(db: Database, rule: Policy, now: datetime) -> Followed:
    """Judges every address by ``rule``."""
    withheld = _withhold(db, rule, now)
    suppressions.mark_all(db)
    folded = suppressions.judge(db, rule, now, math.inf)
    return Followed(len(folded.started), len(folded.ended), withheld)


def _withhold(db: Database, rule: Policy, now: datetime) -> int:
    """Notes whom ``rule`` would suppress for bounces, if they are too many; returns how many, else 0."""
    [(are_many,)] = db.execute(ARE_MANY, {"limit": LIMIT}).fetchall()
    if not are_many:
        return 0
    difference = compare.difference(db, compare.every_address(db), rule, named=None)
    began = {
        address for address, item in difference.suppressed if item.cause == "bounce" and item.in_force(now)
    } - _withheld(db)
    [(suppressed,)] = db.execute(SUPPRESSED).fetchall()
    if len(began) <= max(LIMIT, suppressed * SHARE):
        return 0
    db.conn.executemany(WITHHOLD, [(address, times.iso(now)) for address in began])
    return len(began)


def _withheld(db: Database) -> set[str]:
    return {address for (address,) in db.execute("SELECT address FROM withheld")}
