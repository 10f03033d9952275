"""Judges everything by another policy: of a reload, an upgrade, or another program's configuration.

1. What that changes is counted, and told: nothing is suppressed silently. Each history is read once.
2. If it would suppress more addresses at once than the brake allows (bounced.policy.brake), nobody is suppressed by it:
   all of them are withheld, as bounced.ledger.brake does. Everything else goes on.

Call inside a transaction of the ledger.
"""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlite_utils import Database

from bounced.ledger import brake, suppressions
from bounced.ledger.brake import Brake
from bounced.ledger.suppressions import Folded
from bounced.policy import VERSION, Policy

#: How many events of a day are stored.
STORING = ("unverified_per_source", "stored_per_address")

#: What of a policy judges no history.
NOT_JUDGING = ("health", "own", "brake", "addresses_per_message", "complaints_per_source", *STORING)


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


def digest(policy: Policy) -> str:
    """The same text, in hexadecimal, for all policies by which every history is judged the same."""
    judging = {**asdict(policy), **dict.fromkeys(NOT_JUDGING)}
    text = json.dumps([VERSION, judging], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def follow(db: Database, rule: Policy, now: datetime) -> Followed:
    """Judges every address by ``rule``; again, where the brake has to withhold what that suppresses."""
    limit = brake.limit(db, rule.brake, brake.past(db, now), "change")
    db.execute("SAVEPOINT followed")
    folded = _judge(db, rule, now)
    began = {address: item.reason for address, item in folded.started if item.cause == "bounce"}
    is_too_many = len(began) > limit
    if is_too_many:
        db.execute("ROLLBACK TO followed")
    db.execute("RELEASE followed")
    if not is_too_many:
        return Followed(len(folded.started), len(folded.ended))
    Brake(db, rule.brake, now, "change").note(began.items(), limit)
    folded = _judge(db, rule, now)
    return Followed(len(folded.started), len(folded.ended), len(began))


def _judge(db: Database, rule: Policy, now: datetime) -> Folded:
    suppressions.mark_all(db)
    return suppressions.judge(db, rule, now, math.inf, origin="decision")
