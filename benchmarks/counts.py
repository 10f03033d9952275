"""What the counts of failures take after years: `python -m benchmarks.counts [FAILURES] [DAYS]`, so many a day.

DAYS of them are counted as bounced.ledger.failure_counts does, in a table as it is in a ledger. What each later day
adds is the same. Three in five come within three hours of the newsletter of the day; 20,000 domains and 400 texts are
met as often as words are in a language.
"""

from __future__ import annotations

import sqlite3
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from bounced.ledger.failure_counts import SPANS
from bounced.ledger.schema.m028_incidents import SCRIPT
from bounced.policy.incidents import HOURS_OF_DAY, IncidentLimits
from bounced.policy.units import Failure, Level, Unit, unit_number

DOMAINS, TEXTS, CAMPAIGN_DAYS = 20_000, 400, 3
YEARS = 5
LEVEL = Level("verified", "")


def main() -> None:
    failures, days = (int(word) for word in (*sys.argv[1:], *("100000", "7")[len(sys.argv) - 1 :]))
    counts = Counter(count for day in range(days) for failure in of_day(day, failures) for count in counted(failure))
    frequent = {unit for (unit, _, _), addresses in counts.items() if addresses >= IncidentLimits().minimum("domain")}
    later = YEARS * 365.25 / days
    print(f"{len(counts) / days:12,.0f}  rows a day")
    print(f"{octets(counts) / len(counts):12.1f}  octets each")
    print(f"{len(counts) * later:12,.0f}  rows in {YEARS} years")
    print(f"{octets(counts) * later / 1e6:12,.0f}  MB")
    print(f"{sum(unit not in frequent for unit, _, _ in counts) / len(counts):12.0%}  of units never near an incident")


def of_day(day: int, failures: int) -> Iterator[Failure]:
    """The failures of a day."""
    random = Random(day)  # noqa: S311 - a simulation
    for number in range(failures):
        hour = random.randrange(9, 12) if random.random() < 0.6 else random.randrange(HOURS_OF_DAY)
        domain, text = (int(size ** random.random()) for size in (DOMAINS, TEXTS))
        campaign = f"letter {day - random.randrange(CAMPAIGN_DAYS)}" if random.random() < 0.9 else ""
        reason = "unreachable" if random.random() < 0.15 else "user_unknown"
        words = f"no {chr(97 + text % 26)}{chr(97 + text // 26)}"
        at = day * HOURS_OF_DAY + hour
        yield Failure(number, f"{number}@{domain}.test", at, reason, "verified", "", "", campaign, words)


def counted(failure: Failure) -> Iterator[tuple[int, int, int]]:
    """Where it counts: the unit, the span and the time."""
    for unit in (Unit("", "", LEVEL), *failure.units(LEVEL)):
        for span in SPANS:
            yield unit_number(unit), span, failure.hour // span


def octets(counts: Counter[tuple[int, int, int]]) -> int:
    """The size of the table, written hour by hour."""
    in_time = sorted(counts.items(), key=lambda item: item[0][1] * item[0][2])
    with TemporaryDirectory() as folder:
        with closing(sqlite3.connect(Path(folder, "counts.db"))) as db, db:
            db.execute("".join(SCRIPT.partition("WITHOUT ROWID")[:2]))
            db.executemany("INSERT INTO failure_counts VALUES (?, ?, ?, ?)", ((*key, n) for key, n in in_time))
        return Path(folder, "counts.db").stat().st_size


if __name__ == "__main__":
    main()
