"""Sent volume where the table ``sends`` lacks it. Call inside a transaction of the ledger."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from sqlite_utils import Database

from bounced.address import of_tenant
from bounced.sent.mta_log import Delivery

ADD_SENT = """
INSERT INTO volume (dimension, name, day, origin, sent) VALUES (?, ?, ?, 'hand', ?)
ON CONFLICT DO UPDATE SET sent = sent + excluded.sent
"""

#: A log that is read twice, or while it grows, contains the same deliveries.
KEEP_LARGER_COUNT = """
INSERT INTO volume (dimension, name, day, origin, sent) VALUES (?, ?, ?, 'log', ?)
ON CONFLICT DO UPDATE SET sent = max(sent, excluded.sent)
"""

Counts = Counter[tuple[str, str, str]]  # by dimension, name and day


def add(db: Database, names: Mapping[str, str], day: str, sent: int) -> None:
    """Adds to the volume entered by hand for ``day``, in each named dimension."""
    db.conn.executemany(ADD_SENT, [(dimension, name, day, sent) for dimension, name in names.items()])


def count(
    deliveries: Iterable[Delivery],
    counts: Counts,
    tenant: Callable[[str], str] = lambda _: "",
    from_domains: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Adds deliveries to ``counts``, of whom ``tenant`` says that the sending domain is.

    Reports have the domain of the From header: ``from_domains`` has that by the domain of the envelope sender.
    """
    for delivery in deliveries:
        sending_domain = from_domains.get(delivery.sending_domain, delivery.sending_domain)
        name = tenant(sending_domain)
        counts["sending_domain", of_tenant(name, sending_domain), delivery.day] += 1
        counts["provider", of_tenant(name, delivery.provider), delivery.day] += 1


def log(db: Database, counts: Counts) -> None:
    """Writes the counts of logs; for each day the largest is kept."""
    db.conn.executemany(KEEP_LARGER_COUNT, [(*key, sent) for key, sent in counts.items()])
