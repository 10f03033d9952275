"""How many messages the proved failures of a streak are about. Pure.

1. One message can carry several proofs: tokens with different fields, signatures, a Message-ID that ``sends`` knows.
   Who has a copy of it can show each of them in another report.
2. So two failures are of different messages only where one kind of proof says so: a streak counts as many as the kind
   with the most different proofs. That is never more than there are messages, however their proofs are mixed.
3. A message that was signed or sent after the last report had arrived is another one than all before. So a sender who
   changes from tokens to signatures, or to ``sends``, loses no failure.
4. Failures without proof, and those that were recorded before proofs had kinds, count each by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from bounced.model import proofs

#: Proofs of one kind that are remembered, the latest: more than failures that any limit asks for.
REMEMBERED_LIMIT = 16

#: Whatever says when a message was made.
MADE = "made"


class Messages(NamedTuple):
    """The different messages of a streak, as far as they show; ``number`` says how many."""

    unproved: int = 0
    numbers: Mapping[str, int] = {}  # of different proofs, by kind
    remembered: Mapping[str, tuple[str, ...]] = {}  # the proofs themselves, the latest last
    by_time: int = 0  # how many there are at least because of rule 3
    arrived_at: datetime | None = None  # the last report with a proof

    @property
    def number(self) -> int:
        """How many they are at least."""
        return self.unproved + self._proved

    @property
    def _proved(self) -> int:
        return max(self.by_time, *self.numbers.values()) if self.numbers else self.by_time

    def having(self, proved: str, arrived_at: datetime) -> Messages:
        """These and the message of a failure: what is proved about it, and when the mailbox got its report."""
        shown = proofs(proved) if proved else {}
        if not shown:
            return Messages(self.unproved + 1, self.numbers, self.remembered, self.by_time, self.arrived_at)
        made = shown.pop(MADE, "").partition(":")[2]
        is_later = self._is_later(datetime.fromisoformat(made) if made else None, arrived_at)
        numbers, remembered = dict(self.numbers), dict(self.remembered)
        for kind, proof in shown.items():
            digest, known = proof.partition(":")[2], remembered.get(kind, ())
            if digest not in known:
                numbers[kind] = numbers.get(kind, 0) + 1
                remembered[kind] = (*known, digest)[-REMEMBERED_LIMIT:]
        by_time = self._proved + 1 if is_later else self.by_time
        latest_at = max(arrived_at, self.arrived_at or arrived_at)
        return Messages(self.unproved, numbers, remembered, by_time, latest_at)

    def _is_later(self, made_at: datetime | None, arrived_at: datetime) -> bool:
        """True for the first message, and for one that was made after the last report, and not after its own."""
        return self.arrived_at is None or (made_at is not None and self.arrived_at < made_at <= arrived_at)


NO_MESSAGES = Messages()
