"""What history costs: `take`, the file, and what people ask, with 100,000, 1,000,000 and 10,000,000 events.

`make bench-scale`. `python -m benchmarks.scale [EVENTS ...]`; the file is made in $TMPDIR and removed.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from bounced.ledger import database, explanation, queries
from bounced.ledger.ledger import Ledger
from bounced.ledger.lookup import Suppressions
from bounced.model import Item
from bounced.policy import Policy
from tests.support import copies

EVENTS = (100_000, 1_000_000, 10_000_000)

#: Reports that are taken for the rest to be copied from, and their addresses. Each copy is of six weeks earlier.
REPORTS, ADDRESSES = 40_000, 16_000

#: Reports that are taken to measure, each time so many more days later, in the days that are left for that.
NEW_REPORTS, NEW_DAYS, LEFT_DAYS = 2_000, 3, 60

#: Copies have lower numbers than what is taken to measure.
NUMBER_OF_NEW = 1_000_000

BATCH = 200
TIMES = 5


def take(ledger: Ledger, items: Sequence[Item]) -> float:
    """Takes ``items`` in batches; returns the seconds of processor time for each."""
    begun = time.process_time()
    for start in range(0, len(items), BATCH):
        ledger.take(items[start : start + BATCH])
    return (time.process_time() - begun) / len(items)


class Growing:
    """The ledger at ``path``, which grows into the past by copies of the first REPORTS."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._end = datetime.now(UTC) - timedelta(days=LEFT_DAYS)
        with Ledger(path, Policy()) as ledger:
            take(ledger, list(copies.reports(REPORTS, ADDRESSES, self._end)))
            ledger.upkeep.recount()
            self._first = copies.originals(ledger._db)
        self._copies = 1
        self._measured = 0

    def grow(self, events: int) -> None:
        """Adds copies until there are so many events."""
        with Ledger(self.path, Policy()) as ledger:
            for pragma in ("synchronous = OFF", "cache_size = -1000000"):
                ledger._db.execute(f"PRAGMA {pragma}")
            while self.events() < events:
                ledger.write(lambda db: copies.copy(db, self._first, self._copies))
                self._copies += 1
            ledger.upkeep.optimize()

    def events(self) -> int:
        """How many events there are, but for those that were taken to measure."""
        return self._copies * self._first["events"]

    def cost_of_take(self) -> float:
        """Seconds of processor time for a new report; the best of a few times."""
        spent = []
        with Ledger(self.path, Policy()) as ledger:
            for _ in range(TIMES):
                self._measured += 1
                end = self._end + timedelta(days=NEW_DAYS * self._measured)
                items = list(copies.reports(NEW_REPORTS, ADDRESSES, end, NUMBER_OF_NEW + self._measured))
                spent.append(take(ledger, items))
        return min(spent)


def milliseconds(ask: Callable[[], object]) -> float:
    """What a question takes, after the first time."""
    ask()
    spent = []
    for _ in range(TIMES):
        begun = time.perf_counter()
        ask()
        spent.append(time.perf_counter() - begun)
    return 1e3 * median(spent)


def questions(path: str) -> dict[str, Callable[[], object]]:
    """What people and programs ask."""
    db, now = database.open_for_reading(path), datetime.now(UTC)
    listing = queries.suppressed(db, 20)
    [address] = [row["address"] for row in queries.suppressed(db, 1)]
    lookup = Suppressions(path)
    return {
        "explain": lambda: explanation.explain(db, address, Policy(), now),
        "suppressions --limit 20": lambda: (list(listing), listing.more),
        "status": lambda: (queries.counts(db, now), list(queries.mailboxes(db)), list(queries.jobs(db))),
        "health": lambda: deque(queries.health(db, ""), maxlen=0),
        "check": lambda: lookup.get(address),
    }


def measure(growing: Growing, events: int) -> None:
    """Prints a line of what that many events cost."""
    begun = time.monotonic()
    growing.grow(events)
    made = time.monotonic() - begun
    events = growing.events()
    octets = Path(growing.path).stat().st_size / events
    answers = {name: milliseconds(ask) for name, ask in questions(growing.path).items()}
    print(f"{events} events, made in {made:.0f} s: {octets:.0f} octets each")
    print(f"{1e6 * growing.cost_of_take():8.1f} us  take, a report in batches of {BATCH}")
    print("\n".join(f"{spent:8.1f} ms  {name}" for name, spent in answers.items()), flush=True)


def main() -> None:
    """Measures at each number of events."""
    with tempfile.TemporaryDirectory() as folder:
        growing = Growing(f"{folder}/bounced.db")
        for events in map(int, sys.argv[1:] or EVENTS):
            measure(growing, events)


if __name__ == "__main__":
    main()
