"""Figures of what the daemon takes: an output."""

from __future__ import annotations

from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Counter, Histogram

from bounced import times
from bounced.ledger.ledger import Receipt
from bounced.model import Item

#: Seconds from the arrival of a message at the mail server: IDLE takes less than one, a poll a minute, a backlog hours.
LATENCIES = (0.5, 1, 2, 5, 10, 30, 60, 120, 300, 900, 3600, 6 * 3600, 24 * 3600)


class Events:
    """Counters since the start."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._messages = Counter(
            "bounced_messages", "Messages taken, by outcome.", ("mailbox", "outcome"), registry=registry
        )
        self._events = Counter(
            "bounced_events", "Events of new messages.", ("class", "reason", "mailbox"), registry=registry
        )
        self._started = Counter("bounced_suppressions_started", "Suppressions begun.", ("cause",), registry=registry)
        self._ended = Counter("bounced_suppressions_ended", "Suppressions ended.", ("cause",), registry=registry)
        self._held = Counter("bounced_held_events", "Events held as they were taken.", registry=registry)
        self._latency = Histogram(
            "bounced_decision_latency_seconds",
            "From the arrival of a message at the mail server until it is decided upon.",
            buckets=LATENCIES,
            registry=registry,
        )

    def __call__(self, items: Sequence[Item], receipt: Receipt) -> None:
        """Adds a batch."""
        now = times.now()
        for item, intake in zip(receipt.items, receipt.intakes, strict=False):
            if item.parsed and item.parsed.canary:
                continue
            mailbox = intake.origin.mailbox
            self._messages.labels(mailbox, intake.outcome).inc()
            if intake.outcome == "counted" and item.parsed:
                self._latency.observe(max(0.0, (now - item.message.arrived_at).total_seconds()))
                for event in item.parsed.events:
                    self._events.labels(event.class_, event.reason or event.kind, mailbox).inc()
        for counter, changes in ((self._started, receipt.started), (self._ended, receipt.ended)):
            for _, suppression in changes:
                counter.labels(suppression.cause).inc()
        self._held.inc(receipt.held)

    def status(self) -> str:
        """Nothing: figures have their own reader."""
        return ""
