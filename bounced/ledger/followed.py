"""Judges everything by another policy: of a reload, an upgrade, or another program's configuration.

1. What that changes is counted, and told: nothing is suppressed silently.
2. If it would suppress more addresses at once than the brake allows (bounced.policy.brake), nobody is suppressed by it:
   all of them are withheld, as bounced.ledger.brake does. Everything else goes on.

Call inside a transaction of the ledger.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from bounced.ledger import brake, compare, suppressions
from bounced.ledger.brake import Brake
from bounced.policy import Policy

ARE_MANY = f"""
SELECT count(*) > :limit FROM (SELECT 1 FROM ({suppressions.KNOWN_ADDRESSES}) LIMIT :limit + 1)
"""  # noqa: S608


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
        return f"{changed}; {many}: `bounced withheld` lists them, `bounced resume` suppresses them"


NOTHING = Followed()


def follow(db: Database, rule: Policy, now: datetime) -> Followed:
    """Judges every address by ``rule``."""
    withheld = _withhold(db, rule, now)
    suppressions.mark_all(db)
    folded = suppressions.judge(db, rule, now, math.inf, origin="decision")
    return Followed(len(folded.started), len(folded.ended), withheld)


def _withhold(db: Database, rule: Policy, now: datetime) -> int:
    """Notes whom ``rule`` would suppress for bounces, if they are too many; returns how many, else 0."""
    limit = brake.limit(db, rule.brake, brake.past(db, now), "change")
    if limit == math.inf:
        return 0
    [(are_many,)] = db.execute(ARE_MANY, {"limit": math.floor(limit)}).fetchall()
    if not are_many:
        return 0
    difference = compare.difference(db, compare.every_address(db), rule, named=None, in_force=now)
    began = {address: item.reason for address, item in difference.suppressed if item.cause == "bounce"}
    for address in _withheld(db):
        began.pop(address, None)
    if len(began) <= limit:
        return 0
    Brake(db, rule.brake, now, "change").note(began.items(), limit)
    return len(began)


def _withheld(db: Database) -> set[str]:
    return {address for (address,) in db.execute("SELECT address FROM withheld")}
