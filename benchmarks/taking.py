"""What `Ledger.take` costs for one message, in batches of 200, and what an event takes in the file.

`python -m benchmarks taking`
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from benchmarks import understanding
from benchmarks.commands import alternating
from benchmarks.storm import storm
from bounced.identify import Sender
from bounced.ledger.fingerprint import fingerprint
from bounced.ledger.ledger import Ledger
from bounced.model import Item, Origin, RawMessage
from bounced.parse import parse
from bounced.policy import Policy

BATCH = 200
MESSAGES = 4000
RUNS = 3


def items(messages: int) -> list[Item]:
    """Parsed reports."""
    now = datetime.now(UTC)
    return [
        Item(RawMessage(Origin("mbox", str(n)), now, mail, len(mail)), fingerprint(mail), parse(mail, Sender()))
        for n, mail in enumerate(storm(messages))
    ]


def take(parsed: list[Item]) -> tuple[float, float]:
    """Seconds of processor time for one message, and octets for one event."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "bounced.db")
        with Ledger(str(path), Policy()) as ledger:
            begun = time.process_time()
            for start in range(0, len(parsed), BATCH):
                ledger.take(parsed[start : start + BATCH])
            seconds = time.process_time() - begun
        events = sum(len(item.parsed.events) for item in parsed if item.parsed)
        return seconds / len(parsed), path.stat().st_size / events


def rows() -> Iterator[tuple[str, float]]:
    """As ratios to the bare tree, of which one takes 17 µs where `take` is to be at most 60."""
    parsed = items(MESSAGES)
    seconds = alternating({"take": partial(_take, parsed), "tree": _tree}, RUNS)
    yield "take, one message, times the bare tree (3.5)", seconds["take"] / seconds["tree"]
    yield "take, one message, µs", 1e6 * seconds["take"]
    yield "octets an event (450)", take(parsed)[1]


def _take(parsed: list[Item]) -> float:
    return take(parsed)[0]


def _tree() -> float:
    return understanding.seconds(1)["bare tree"]
