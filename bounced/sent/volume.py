"""How much was sent, where the table ``sends`` does not say. To be called inside a transaction of the ledger."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from sqlite_utils import Database

from bounced.sent.mta_log import Delivery

ADD = """
INSERT INTO volume (dimension, name, day, origin, sent) VALUES (?, ?, ?, 'hand', ?)
ON CONFLICT DO UPDATE SET sent = sent + excluded.sent
"""

#: A log that is read twice, or that is read while it grows, has the same mails in it.
LOG = """
INSERT INTO volume (dimension, name, day, origin, sent) VALUES (?, ?, ?, 'log', ?)
ON CONFLICT DO UPDATE SET sent = max(sent, excluded.sent)
"""

Counts = Counter[tuple[str, str, str]]  # by dimension, name and day


def add(db: Database, names: Mapping[str, str], day: str, sent: int) -> None:
    """Adds to what was said by hand of ``day`` for each dimension that is named."""
    db.conn.executemany(ADD, [(dimension, name, day, sent) for dimension, name in names.items()])


def count(deliveries: Iterable[Delivery], counts: Counts) -> None:
    """Adds deliveries to ``counts``."""
    for found in deliveries:
        counts["sending_domain", found.sending_domain, found.day] += 1
        counts["provider", found.provider, found.day] += 1


def log(db: Database, counts: Counts) -> None:
    """Writes what logs have said; of each day the largest count stays."""
    db.conn.executemany(LOG, [(*key, sent) for key, sent in counts.items()])
